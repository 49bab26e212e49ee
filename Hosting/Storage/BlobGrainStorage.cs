using System.Text.Json;
using JadeVector.Engine.Blobs;
using Orleans.Storage;

namespace JadeVector.Hosting.Storage;

/// <summary>
/// Grain state as JSON in the product's own blob store, replaced with If-Match: of two activations that believe they own a
/// grain, one gets <see cref="InconsistentStateException"/>. The same code serves both hosts, so what one wrote the other reads
/// (ADR 0004). Blob names are those of Orleans' Azure Blob provider: <c>{state}-{grain id}.json</c>; what is in them, <see cref="StateEnvelope"/> says.
/// </summary>
public sealed class BlobGrainStorage(IBlobStore blobs) : IGrainStorage
{
    /// <summary>The name that grains ask for.</summary>
    public const string Name = "jade";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <inheritdoc/>
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var name = NameOf(stateName, grainId);
        if (await blobs.GetAsync(name, CancellationToken.None) is { } content)
        {
            grainState.State = FromBlob<T>(name, content.Bytes);
            grainState.ETag = content.Version;
            grainState.RecordExists = true;
        }
        else
        {
            grainState.State = Activator.CreateInstance<T>();
            grainState.ETag = null;
            grainState.RecordExists = false;
        }
    }

    /// <inheritdoc/>
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var name = NameOf(stateName, grainId);
        var condition = grainState.ETag is { } version ? PutCondition.IfMatch(version) : PutCondition.IfAbsent;
        var result = await blobs.PutAsync(name, ToBlob(name, grainState.State), condition, CancellationToken.None);
        grainState.ETag = result.Version ?? throw Replaced(name, grainState.ETag);
        grainState.RecordExists = true;
    }

    /// <inheritdoc/>
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var name = NameOf(stateName, grainId);
        if (grainState.ETag is { } version && !await blobs.DeleteIfMatchAsync(name, version, CancellationToken.None))
        {
            throw Replaced(name, version);
        }

        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    /// <summary>The content of the blob of that name.</summary>
    internal static byte[] ToBlob<T>(string name, T state) => StateEnvelope.Wrap(name, JsonSerializer.SerializeToUtf8Bytes(state, Json));

    /// <exception cref="BlobDamagedException">That is not what was stored under that name.</exception>
    internal static T FromBlob<T>(string name, ReadOnlyMemory<byte> content) =>
        JsonSerializer.Deserialize<T>(StateEnvelope.Unwrap(name, content).Span, Json) ?? throw new BlobDamagedException(name, "the state is JSON null");

    private static string NameOf(string stateName, GrainId grainId) => $"{stateName}-{grainId}{StateEnvelope.NameEnd}";

    private static InconsistentStateException Replaced(string name, string? version) =>
        new($"Grain state '{name}' was replaced by another activation.", "unknown", version ?? "absent");
}
