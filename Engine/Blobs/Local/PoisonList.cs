using System.Collections.Concurrent;

namespace JadeVector.Engine.Blobs.Local;

/// <summary>
/// Blobs and directories whose flush failed. The kernel reports such a failure once and may then call the lost pages clean, so a
/// second flush that succeeds proves nothing. What is on disk is known again only after a restart reads it.
/// </summary>
internal sealed class PoisonList
{
    private readonly ConcurrentDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    internal void Add(string name, IOException failure) => _reasons.TryAdd(name, failure.Message);

    internal void ThrowIfPoisoned(string name)
    {
        if (!_reasons.IsEmpty && _reasons.TryGetValue(name, out var reason))
            throw new BlobStoreException($"'{name}' is closed until this process restarts: an earlier flush to disk failed ({reason}).");
    }
}
