namespace JadeVector.Simulation.History;

/// <summary>What a shard holds after one of its sequence numbers, by the model.</summary>
internal sealed class ShardState
{
    public static readonly ShardState Empty = new(0, new SortedDictionary<string, (int Tag, ulong Version)>(StringComparer.Ordinal));

    private readonly SortedDictionary<string, (int Tag, ulong Version)> _rows;

    private ShardState(ulong sequence, SortedDictionary<string, (int Tag, ulong Version)> rows)
    {
        Sequence = sequence;
        _rows = rows;
    }

    /// <summary>The state that has these rows.</summary>
    public static ShardState Of(ulong sequence, IEnumerable<SeenRow> rows) =>
        new(sequence, new SortedDictionary<string, (int Tag, ulong Version)>(rows.ToDictionary(row => row.Key, row => (row.Tag, row.Version)), StringComparer.Ordinal));

    public ulong Sequence { get; }

    public int Count => _rows.Count;

    /// <returns>Zeros when there is none.</returns>
    public (int Tag, ulong Version) Find(string key) => _rows.GetValueOrDefault(key);

    /// <summary>All rows with a later version, oldest first.</summary>
    public IEnumerable<SeenRow> InOrder(ulong after) =>
        _rows.Where(row => row.Value.Version > after).OrderBy(row => row.Value.Version).Select(row => new SeenRow(row.Key, row.Value.Tag, row.Value.Version));

    /// <summary>The state after the next sequence number, which wrote that.</summary>
    public ShardState After(string key, int tag)
    {
        var rows = new SortedDictionary<string, (int Tag, ulong Version)>(_rows, StringComparer.Ordinal);
        if (tag == 0)
            rows.Remove(key);
        else
            rows[key] = (tag, Sequence + 1);
        return new ShardState(Sequence + 1, rows);
    }
}
