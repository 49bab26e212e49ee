using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Simulation.History;

namespace JadeVector.Simulation.Storage;

/// <summary>
/// Sees what the product writes and deletes: counts what was done by it (nobody in the product needs to know that somebody counts), and sees to it
/// that nothing is deleted that a manifest names.
/// </summary>
internal sealed class StoreWatcher
{
    private readonly Dictionary<string, ShardManifest> _manifests = new(StringComparer.Ordinal);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal); // ever, by any manifest
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal)
    {
        ["done: take-overs"] = 0,
        ["done: roll-overs"] = 0,
        ["done: checkpoints"] = 0,
        ["done: compactions"] = 0,
        ["done: states kept"] = 0,
        ["done: states let go"] = 0,
        ["done: dropped blobs"] = 0,
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
            Compare(before, now);
        _manifests[name] = now;
        var prefix = AddressOf(now).Prefix;
        _named.UnionWith(ShardBlobs.NamedBy(now).Select(blob => prefix + blob));
    }

    /// <summary>Bytes were appended.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => Count("done: roll-overs", bytes.Length > 4 && bytes.StartsWith("JVLF"u8) && bytes[4] == (byte)FrameKind.Roll);

    /// <summary>A blob was deleted.</summary>
    /// <exception cref="ViolationException">Somebody still needs it.</exception>
    public void Delete(string name)
    {
        foreach (var (of, manifest) in _manifests)
        {
            if (manifest.State != Engine.Manifests.ShardState.Deleting && IsNeeded(name, manifest))
                throw new ViolationException($"{name} was deleted, and {of} of epoch {manifest.Epoch} names it.");
        }

        // Deleting what was never named is collecting what its writer left behind; the rest is dropped when the last manifest that names it is replaced.
        var isOfShard = name.StartsWith("databases/", StringComparison.Ordinal) && !name.EndsWith("/manifest", StringComparison.Ordinal);
        Count(_named.Contains(name) ? "done: dropped blobs" : "done: collected blobs", isOfShard);
        if (name.EndsWith("/manifest", StringComparison.Ordinal))
            _manifests.Remove(name);
    }

    private static bool IsNeeded(string name, ShardManifest manifest)
    {
        var address = AddressOf(manifest);
        if (name.StartsWith(address.Prefix, StringComparison.Ordinal))
            return ShardBlobs.NamedBy(manifest).Contains(name[address.Prefix.Length..]);
        return manifest.Segments.Concat(manifest.Pins.SelectMany(pin => pin.Segments)).Any(segment => segment.Home is not null && ShardBlobs.RowsOf(address, segment) == name);
    }

    private static ShardAddress AddressOf(ShardManifest manifest) => new(manifest.DatabaseId, manifest.Shard);

    private void Compare(ShardManifest before, ShardManifest now)
    {
        var lives = now.State != Engine.Manifests.ShardState.Deleting;
        Count("done: take-overs", lives && now.Epoch > before.Epoch);
        Count("done: checkpoints", now.CoveredSequence > before.CoveredSequence);
        Count("done: compactions", now.Epoch == before.Epoch && now.CoveredSequence == before.CoveredSequence && !now.Segments.Select(s => s.Name).SequenceEqual(before.Segments.Select(s => s.Name)));
        Count("done: states kept", now.Pins.Count > before.Pins.Count);
        Count("done: states let go", now.Pins.Count < before.Pins.Count);
        Count("done: deleted shards", !lives && before.State != Engine.Manifests.ShardState.Deleting);
    }

    private void Count(string what, bool happened) => _counts[what] += happened ? 1 : 0;
}
