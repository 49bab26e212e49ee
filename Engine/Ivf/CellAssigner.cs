using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

/// <summary>Finds the nearest centre of rows, by Euclidean distance; for one thread at a time.</summary>
/// <param name="centres">May move between two calls.</param>
internal sealed class CellAssigner(VectorRows rows, VectorRows centres)
{
    /// <summary>Rows that are compared with the centres in one pass over these.</summary>
    public const int RowsPerPass = 16;

    private readonly float[] _queries = new float[RowsPerPass * rows.Dimension];
    private readonly Nearest[] _found = new Nearest[RowsPerPass];

    /// <param name="chosen">Rows, at most <see cref="RowsPerPass"/>.</param>
    /// <param name="nearest">Takes a centre for each of them.</param>
    public void Assign(ReadOnlySpan<int> chosen, Span<int> nearest)
    {
        SearchStats stats = default;
        for (var i = 0; i < chosen.Length; i++)
        {
            rows[chosen[i]].CopyTo(_queries.AsSpan(i * rows.Dimension));
            _found[i] = new Nearest { Distance = float.PositiveInfinity };
        }

        var queries = _queries.AsSpan(0, chosen.Length * rows.Dimension);
        FlatScan.SearchEach(centres, Metric.Euclidean, 0, centres.Count, queries, default(AllRows), _found.AsSpan(0, chosen.Length), ref stats, CancellationToken.None);
        for (var i = 0; i < chosen.Length; i++)
            nearest[i] = _found[i].Row;
    }

    private struct Nearest : INearestRows
    {
        public int Row;
        public float Distance;

        public bool Offer(int row, float distance)
        {
            if (distance >= Distance)
                return false;
            (Row, Distance) = (row, distance);
            return true;
        }
    }
}
