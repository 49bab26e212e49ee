namespace JadeVector.Simulation.History;

/// <summary>A search and what its answer must be: every vector compared, nearest first, equal ones by key.</summary>
/// <param name="Query">Whole numbers, so that distances are exact.</param>
/// <param name="IsDot">By inner product instead of Euclidean length.</param>
/// <param name="Group">Only vectors of that group; null for all.</param>
/// <param name="IsExact">Every vector is compared. Otherwise near ones may be missed, but what comes is there, in order.</param>
internal sealed record SearchModel(float[] Query, bool IsDot, int TopK, int? Group, bool IsExact)
{
    /// <summary>Whether a shard in that state gives these hits as its part of an answer.</summary>
    public bool Agrees(ShardState state, IReadOnlyList<SeenRow> rows, SeenRow? worst)
    {
        if (!IsExact)
            return AreThere(state, rows);
        var ranked = state.InOrder(0).Where(Matches).OrderBy(Distance).ThenBy(row => row.Key, StringComparer.Ordinal).ToArray();
        if (rows.Count > ranked.Length || !rows.SequenceEqual(ranked.Take(rows.Count)))
            return false;
        // What the answer leaves out must be no better than the last that it holds; an answer that is not full leaves nothing out.
        return rows.Count == ranked.Length || (worst is { } last && Compare(last, ranked[rows.Count]) < 0);
    }

    public float Distance(SeenRow row)
    {
        var values = SimulatedVector.Values(row.Tag);
        return IsDot
            ? -values.Zip(Query, (a, b) => a * b).Sum()
            : values.Zip(Query, (a, b) => (a - b) * (a - b)).Sum();
    }

    public override string ToString() => $"[{string.Join(' ', Query)}] top {TopK}{(IsDot ? " dot" : "")}{(Group is { } group ? $" group {group}" : "")}{(IsExact ? " exact" : "")}";

    private bool AreThere(ShardState state, IReadOnlyList<SeenRow> rows)
    {
        for (var i = 0; i < rows.Count; i++)
        {
            if (state.Find(rows[i].Key) != (rows[i].Tag, rows[i].Version) || !Matches(rows[i]) || (i > 0 && Compare(rows[i - 1], rows[i]) >= 0))
                return false;
        }

        return true;
    }

    private bool Matches(SeenRow row) => Group is null || Group == SimulatedVector.Group(row.Tag);

    private int Compare(SeenRow one, SeenRow other)
    {
        var byDistance = Distance(one).CompareTo(Distance(other));
        return byDistance != 0 ? byDistance : string.CompareOrdinal(one.Key, other.Key);
    }
}
