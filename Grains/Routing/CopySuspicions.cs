using System.Collections.Concurrent;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>
/// Copies that have just failed, so that the next calls go to others first and a dead node costs one call its patience, not every call.
/// After <see cref="Pause"/> one call tries the copy again; the others go on avoiding it until that one has succeeded.
/// </summary>
internal sealed class CopySuspicions(TimeProvider clock)
{
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const int EntriesMax = 100_000;

    private readonly ConcurrentDictionary<CopyId, long> _since = new();
    private volatile bool _any; // the ordinary case asks no dictionary

    public void Suspect(CopyId copy)
    {
        if (_since.Count >= EntriesMax)
        {
            _since.Clear();
        }

        _since[copy] = clock.GetTimestamp();
        _any = true;
    }

    /// <summary>It has answered.</summary>
    public void Clear(CopyId copy)
    {
        if (_any && _since.TryRemove(copy, out _))
        {
            _any = !_since.IsEmpty;
        }
    }

    /// <summary>Whether to try others first.</summary>
    /// <param name="copy">Which.</param>
    /// <param name="first">Whether it would be tried before all others: one such caller after each pause finds out.</param>
    public bool IsSuspect(CopyId copy, bool first)
    {
        if (!_any || !_since.TryGetValue(copy, out var since))
        {
            return false;
        }

        return !first || clock.GetElapsedTime(since) < Pause || !_since.TryUpdate(copy, clock.GetTimestamp(), since);
    }
}
