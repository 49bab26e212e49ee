using System.Text.Json.Serialization;
using JadeVector.Api.Databases;
using JadeVector.Api.Embeddings;
using JadeVector.Api.Operations;
using JadeVector.Api.Snapshots;
using JadeVector.Api.Vectors;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api;

/// <summary>Bodies off the hot path, as they come in: unknown and doubled fields are refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(CreateDatabaseRequest))]
[JsonSerializable(typeof(UpdateDatabaseRequest))]
[JsonSerializable(typeof(BatchGetRequest))]
[JsonSerializable(typeof(EmbeddingRequest))]
[JsonSerializable(typeof(SnapshotRequest))]
[JsonSerializable(typeof(RestoreRequest))]
[JsonSerializable(typeof(BranchRequest))]
[JsonSerializable(typeof(CompactRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;

/// <summary>Answers off the hot path.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DatabaseResponse))]
[JsonSerializable(typeof(DatabaseListResponse))]
[JsonSerializable(typeof(DatabaseStatusResponse))]
[JsonSerializable(typeof(ShardListResponse))]
[JsonSerializable(typeof(SnapshotResponse))]
[JsonSerializable(typeof(SnapshotListResponse))]
[JsonSerializable(typeof(CompactResponse))]
[JsonSerializable(typeof(SnapshotDeletedResponse))]
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(ClusterResponse))]
[JsonSerializable(typeof(ReadyResponse))]
internal sealed partial class AnswerJson : JsonSerializerContext;
