using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;

namespace JadeVector.Simulation.Storage;

/// <summary>Counts what the product does, by what it writes: nobody in the product needs to know that somebody counts.</summary>
internal sealed class StoreWatcher
{
    private readonly Dictionary<string, ShardManifest> _manifests = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal)
    {
        ["done: take-overs"] = 0,
        ["done: roll-overs"] = 0,
        ["done: checkpoints"] = 0,
        ["done: collected blobs"] = 0,
        ["done: deleted shards"] = 0,
    };

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>A blob was replaced.</summary>
    public void Put(string name, byte[] content)
    {
        if (!name.EndsWith("/manifest", StringComparison.Ordinal))
            return;
        var now = ManifestFormat.Read(content, name);
        if (_manifests.TryGetValue(name, out var before))
        {
            Count("done: take-overs", now.State != ShardState.Deleting && now.Epoch > before.Epoch);
            Count("done: checkpoints", now.CoveredSequence > before.CoveredSequence);
            Count("done: deleted shards", now.State == ShardState.Deleting && before.State != ShardState.Deleting);
        }

        _manifests[name] = now;
    }

    /// <summary>Bytes were appended.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => Count("done: roll-overs", bytes.Length > 4 && bytes.StartsWith("JVLF"u8) && bytes[4] == (byte)FrameKind.Roll);

    /// <summary>A blob was deleted.</summary>
    public void Delete() => Count("done: collected blobs", true);

    private void Count(string what, bool happened) => _counts[what] += happened ? 1 : 0;
}
