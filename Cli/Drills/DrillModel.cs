namespace JadeVector.Cli.Drills;

/// <summary>What a writer knows of its ids. Only the writer changes it while it runs, and only the check between rounds.</summary>
/// <remarks>
/// An id has the revision last acknowledged and, while a request for it is unanswered, the revision which that request would
/// give it. After a crash the node may show either. What it has shown it must go on showing: a read is a promise too.
/// </remarks>
internal sealed class DrillModel
{
    private readonly Dictionary<string, State> _states = [];

    internal IReadOnlyCollection<string> Ids => _states.Keys;

    /// <summary>Ids with an unanswered request.</summary>
    internal int InDoubtCount => _states.Values.Count(state => state.Wanted is not null);

    /// <summary>The revision that the id has for certain; null when in doubt.</summary>
    internal long? CertainRevision(string id) =>
        !_states.TryGetValue(id, out var state) ? DrillVectors.Absent : state.Wanted is null ? state.Known : null;

    /// <summary>A request is about to ask for that revision (<see cref="DrillVectors.Absent"/> deletes).</summary>
    internal void Ask(string id, long revision) => _states[id] = new State(_states.GetValueOrDefault(id)?.Known ?? DrillVectors.Absent, revision);

    /// <summary>The request was acknowledged for this id.</summary>
    internal void Acknowledge(string id)
    {
        var state = _states[id];
        _states[id] = new State(state.Wanted ?? throw new InvalidOperationException($"Nothing was asked for {id}."), null);
    }

    /// <summary>Compares what the node shows, and keeps it in mind.</summary>
    /// <returns>What is wrong, or null.</returns>
    internal string? Observe(string id, long revision)
    {
        if (!_states.TryGetValue(id, out var state)) return revision == DrillVectors.Absent ? null : $"{id} has revision {revision}, and nobody wrote it";
        if (revision == state.Known) return null;
        if (revision == state.Wanted)
        {
            _states[id] = new State(revision, revision);
            return null;
        }

        var expected = state.Wanted is { } wanted && wanted != state.Known ? $"{Name(state.Known)} or {Name(wanted)}" : Name(state.Known);
        return $"{id} is {Name(revision)} where {expected} is expected";
    }

    private static string Name(long revision) => revision == DrillVectors.Absent ? "absent" : $"revision {revision}";

    /// <param name="Known">Acknowledged, or shown by a read.</param>
    /// <param name="Wanted">Asked for and not answered.</param>
    private sealed record State(long Known, long? Wanted);
}
