using System.Text.Json;
using System.Text.Json.Serialization;

namespace JadeVector.Client.Json;

internal sealed record CreatedDatabase(string DatabaseId);

internal sealed record DatabaseList(IReadOnlyList<Database> Databases, string? NextCursor);

internal sealed record BatchBody(IReadOnlyList<VectorInput> Vectors, bool Upsert);

internal sealed record IdsBody(IReadOnlyList<string> Ids);

internal sealed record BatchGetReply(IReadOnlyList<StoredVector?> Vectors);

internal sealed record WrittenVector(ulong Version);

internal sealed record SnapshotBody(string Label);

internal sealed record SnapshotList(IReadOnlyList<Snapshot> Snapshots);

internal sealed record RestoreBody(string Name, DateTimeOffset? At);

internal sealed record BranchBody(string Name);

internal sealed record CompactBody;

internal sealed record CompactReply(bool Done);

/// <summary>RFC 9457 with this API's members.</summary>
internal sealed record ProblemDocument(string? Title, string? Detail, string? Code, string? TraceId, string? Error, string? Message, JsonElement? Details);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DatabaseDefinition))]
[JsonSerializable(typeof(DatabaseUpdate))]
[JsonSerializable(typeof(DatabaseStatus))]
[JsonSerializable(typeof(CreatedDatabase))]
[JsonSerializable(typeof(DatabaseList))]
[JsonSerializable(typeof(BatchBody))]
[JsonSerializable(typeof(BatchReceipt))]
[JsonSerializable(typeof(VectorInput))]
[JsonSerializable(typeof(StoredVector))]
[JsonSerializable(typeof(Database))]
[JsonSerializable(typeof(IdsBody))]
[JsonSerializable(typeof(BatchGetReply))]
[JsonSerializable(typeof(WrittenVector))]
[JsonSerializable(typeof(VectorPage))]
[JsonSerializable(typeof(SearchRequest))]
[JsonSerializable(typeof(SearchResponse))]
[JsonSerializable(typeof(ImportSummary))]
[JsonSerializable(typeof(SnapshotBody))]
[JsonSerializable(typeof(SnapshotList))]
[JsonSerializable(typeof(Snapshot))]
[JsonSerializable(typeof(RestoreBody))]
[JsonSerializable(typeof(BranchBody))]
[JsonSerializable(typeof(CompactBody))]
[JsonSerializable(typeof(CompactReply))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class Wire : JsonSerializerContext;
