using System.Diagnostics;

namespace JadeVector.Cli.Drills.Cluster;

/// <summary>
/// What is known of every id of a cluster drill: the revisions acknowledged lately with their times, and the one that was asked for last.
/// Each id has one writer; any reader may ask.
/// </summary>
internal sealed class DrillIds
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);
    private readonly List<string> _acknowledged = [];

    /// <summary>Ids with an acknowledged revision.</summary>
    internal int Count
    {
        get
        {
            lock (_lock) return _acknowledged.Count;
        }
    }

    internal IReadOnlyList<string> All
    {
        get
        {
            lock (_lock) return [.. _acknowledged];
        }
    }

    /// <summary>A random acknowledged id, or null.</summary>
    internal string? Pick(Random random)
    {
        lock (_lock) return _acknowledged.Count == 0 ? null : _acknowledged[random.Next(_acknowledged.Count)];
    }

    /// <summary>The revision last acknowledged.</summary>
    internal long Known(string id)
    {
        lock (_lock) return _states.TryGetValue(id, out var state) && state.Acknowledged.Count > 0 ? state.Acknowledged[^1].Revision : DrillVectors.Absent;
    }

    /// <summary>A request is about to write the next revision of the id.</summary>
    internal long Ask(string id)
    {
        lock (_lock)
        {
            if (!_states.TryGetValue(id, out var state)) _states.Add(id, state = new State());
            return ++state.Asked;
        }
    }

    internal void Acknowledge(string id, long revision)
    {
        lock (_lock)
        {
            var state = _states[id];
            if (state.Acknowledged.Count == 0) _acknowledged.Add(id);
            state.Acknowledged.Add((revision, Stopwatch.GetTimestamp()));
            if (state.Acknowledged.Count > 8) state.Acknowledged.RemoveAt(0);
        }
    }

    /// <summary>The oldest revision that a read which began then may show.</summary>
    /// <param name="began">By <see cref="Stopwatch.GetTimestamp"/>.</param>
    /// <param name="lag">How old the answer may be.</param>
    internal long Floor(string id, long began, TimeSpan lag)
    {
        var at = began - (long)(lag.TotalSeconds * Stopwatch.Frequency);
        lock (_lock)
        {
            if (!_states.TryGetValue(id, out var state)) return DrillVectors.Absent;
            // Of revisions that are no longer remembered the oldest that is stands for all: it is older than any lag.
            return state.Acknowledged.LastOrDefault(entry => entry.At <= at).Revision;
        }
    }

    /// <summary>The newest revision that anybody asked for.</summary>
    internal long Ceiling(string id)
    {
        lock (_lock) return _states.TryGetValue(id, out var state) ? state.Asked : DrillVectors.Absent;
    }

    private sealed class State
    {
        internal long Asked { get; set; }

        internal List<(long Revision, long At)> Acknowledged { get; } = [];
    }
}
