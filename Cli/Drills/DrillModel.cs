namespace JadeVector.Cli.Drills;

/// <summary>What is known of every id of a drill: the states that it was asked to have, in order, and the oldest of them that it may still show.</summary>
/// <remarks>
/// An id is written by one writer, one request after the other. It has the state last acknowledged or, while a request for it is
/// unanswered, the one that this request asks for. What a read has shown it must go on showing: a read is a promise too. Safe for
/// use from several threads.
/// </remarks>
internal sealed class DrillModel
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, History> _histories = new(StringComparer.Ordinal);

    internal IReadOnlyCollection<string> Ids
    {
        get
        {
            lock (_lock) return [.. _histories.Keys];
        }
    }

    /// <summary>Nothing was ever asked for.</summary>
    internal void Clear()
    {
        lock (_lock) _histories.Clear();
    }

    /// <summary>Ids with an unanswered request.</summary>
    internal int InDoubtCount
    {
        get
        {
            lock (_lock) return _histories.Values.Count(history => history.IsPending);
        }
    }

    /// <summary>The revision that the id has for certain; null when in doubt.</summary>
    internal long? CertainRevision(string id)
    {
        lock (_lock)
            return !_histories.TryGetValue(id, out var history) ? DrillVectors.Absent : history.IsPending ? null : history.States[history.Floor];
    }

    /// <summary>A request is about to ask for that revision (<see cref="DrillVectors.Absent"/> deletes).</summary>
    internal void Ask(string id, long revision)
    {
        lock (_lock)
        {
            if (!_histories.TryGetValue(id, out var history)) _histories.Add(id, history = new History());
            history.States.Add(revision);
            history.IsPending = true;
        }
    }

    /// <summary>The request was acknowledged for this id.</summary>
    internal void Acknowledge(string id)
    {
        lock (_lock)
        {
            var history = _histories[id];
            if (!history.IsPending) throw new InvalidOperationException($"Nothing was asked for {id}.");
            history.IsPending = false;
            history.Floor = history.States.Count - 1;
        }
    }

    /// <summary>The oldest state, by its place in the id's history, that a read beginning now may show; 0 is the absence before the first write.</summary>
    internal int Floor(string id)
    {
        lock (_lock) return _histories.TryGetValue(id, out var history) ? history.Floor : 0;
    }

    /// <summary><see cref="Floor"/> of every id.</summary>
    internal IReadOnlyDictionary<string, int> Floors()
    {
        lock (_lock) return _histories.ToDictionary(each => each.Key, each => each.Value.Floor, StringComparer.Ordinal);
    }

    /// <summary>The newest state asked for, of every id.</summary>
    internal IReadOnlyDictionary<string, int> Ceilings()
    {
        lock (_lock) return _histories.ToDictionary(each => each.Key, each => each.Value.States.Count - 1, StringComparer.Ordinal);
    }

    /// <summary>Compares what the node shows now, and keeps it in mind.</summary>
    /// <returns>What is wrong, or null.</returns>
    internal string? Observe(string id, long revision) => Observe(id, revision, Floor(id));

    /// <summary>The same for a read that began when the id's floor was that.</summary>
    internal string? Observe(string id, long revision, int floor)
    {
        lock (_lock)
        {
            if (Find(id, revision, floor, int.MaxValue, out var place) is { } wrong) return wrong;
            if (place > _histories.GetValueOrDefault(id)?.Floor) _histories[id].Floor = place;
            return null;
        }
    }

    /// <summary>Compares what a copy shows that was made when the id's floor and ceiling were those.</summary>
    internal string? Check(string id, long revision, int floor, int ceiling)
    {
        lock (_lock) return Find(id, revision, floor, ceiling, out _);
    }

    /// <summary>Acknowledged writes were given up, knowingly, and no request is under way: what the node shows now is the truth, whatever it was asked for before.</summary>
    /// <returns>What is wrong with it all the same, or null.</returns>
    internal string? Settle(string id, long revision)
    {
        lock (_lock)
        {
            if (Find(id, revision, 0, int.MaxValue, out _) is { } wrong) return wrong;
            if (!_histories.TryGetValue(id, out var history)) return null;
            history.States.Clear();
            history.States.Add(revision);
            history.Floor = 0;
            history.IsPending = false;
            return null;
        }
    }

    private string? Find(string id, long revision, int floor, int ceiling, out int place)
    {
        place = 0;
        if (!_histories.TryGetValue(id, out var history)) return revision == DrillVectors.Absent ? null : $"{id} has revision {revision}, and nobody wrote it";
        var last = Math.Min(ceiling, history.States.Count - 1);
        for (place = floor; place <= last; place++)
        {
            if (history.States[place] == revision) return null;
        }

        var expected = Enumerable.Range(floor, Math.Max(0, last - floor + 1)).Select(i => Name(history.States[i])).Distinct();
        return $"{id} is {Name(revision)} where {string.Join(" or ", expected)} is expected";
    }

    private static string Name(long revision) => revision == DrillVectors.Absent ? "absent" : $"revision {revision}";

    private sealed class History
    {
        /// <summary>Revisions asked for, oldest first.</summary>
        internal List<long> States { get; } = [DrillVectors.Absent];

        /// <summary>Place of the one acknowledged last, or shown by a read.</summary>
        internal int Floor { get; set; }

        /// <summary>Whether the last is unanswered.</summary>
        internal bool IsPending { get; set; }
    }
}
