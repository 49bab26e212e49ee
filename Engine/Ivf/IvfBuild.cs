using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

/// <summary>The building of an <see cref="IvfIndex"/> in slices: centres are trained, rows go to their cells, and with codes the books are trained and the rows encoded.</summary>
/// <remarks>The same rows and options give the same image on processors of the same vector width, whatever the slices.</remarks>
public sealed class IvfBuild : SlicedBuild<IvfIndex>
{
    /// <summary>Components compared in one slice: about ten milliseconds.</summary>
    public const long SliceComponentsDefault = 1 << 25;

    private const int RowsPerPiece = 64;

    private readonly VectorRows _rows;
    private readonly Metric _metric;
    private readonly IvfOptions _options;
    private readonly int _count;
    private readonly int _cells;

    /// <param name="rows">At least one; unit length when the metric is cosine. They outlive the index; rows that come later are not in it.</param>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="options">How the cells are built.</param>
    /// <param name="sliceComponents">Components compared in one slice, 1 or more; a slice is one pass of a few rows over the centres at least.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside <see cref="IvfLimits"/>.</exception>
    public IvfBuild(VectorRows rows, Metric metric, IvfOptions options, long sliceComponents = SliceComponentsDefault)
        : base(sliceComponents)
    {
        options.Validate();
        _rows = rows;
        _metric = metric;
        _options = options;
        _count = rows.Count;
        if (_count == 0)
            throw new ArgumentException("There is no row to build over.", nameof(rows));
        _cells = Math.Min(_count, options.ListCount == 0 ? IvfLimits.ListCountFor(_count) : options.ListCount);
        var comparisons = KMeans.WorkOf(_count, _cells) + ((long)_count * _cells);
        Total = (comparisons * rows.Dimension) + CodingWork();
    }

    /// <summary>Rows that the index will have.</summary>
    public int RowCount => _count;

    /// <inheritdoc/>
    public override long Total { get; }

    /// <inheritdoc/>
    protected override IEnumerator<long> Pieces()
    {
        var random = new Random(_options.Seed);
        using var centres = new NativeVectorRows(_rows.Dimension);
        foreach (var comparisons in new KMeans(_rows, _count, _cells, random, centres).Train())
            yield return comparisons * _rows.Dimension;
        var nearest = new int[_count];
        foreach (var comparisons in Assign(centres, nearest))
            yield return comparisons * _rows.Dimension;

        var index = IvfIndex.Allocate(_rows, Plan(nearest));
        Hold(index);
        index.Fill(centres, nearest);
        if (index.Quantizer is not { } quantizer)
            yield break;
        foreach (var components in quantizer.Train(_rows, _count, random))
            yield return components;
        var perRow = ProductQuantizer.EncodingWork(_rows.Dimension, _options.CodeComponents);
        for (var cell = 0; cell < _cells; cell++)
        {
            for (var first = 0; first < index.RowsIn(cell); first += RowsPerPiece)
            {
                var count = Math.Min(RowsPerPiece, index.RowsIn(cell) - first);
                index.Encode(cell, first, count);
                yield return count * perRow;
            }
        }
    }

    private long CodingWork() => _options.CodeComponents == 0
        ? 0
        : ProductQuantizer.TrainingWork(_rows.Dimension, _options.CodeComponents, _count) + (_count * ProductQuantizer.EncodingWork(_rows.Dimension, _options.CodeComponents));

    private IEnumerable<long> Assign(VectorRows centres, int[] nearest)
    {
        var assigner = new CellAssigner(_rows, centres);
        var chosen = new int[CellAssigner.RowsPerPass];
        for (var first = 0; first < _count; first += chosen.Length)
        {
            var count = Math.Min(chosen.Length, _count - first);
            for (var i = 0; i < count; i++)
                chosen[i] = first + i;
            assigner.Assign(chosen.AsSpan(0, count), nearest.AsSpan(first, count));
            yield return (long)count * _cells;
        }
    }

    private IvfImageHeader Plan(int[] nearest)
    {
        var counts = new int[_cells];
        foreach (var cell in nearest)
            counts[cell]++;
        return new IvfImageHeader
        {
            Metric = _metric,
            Dimension = _rows.Dimension,
            RowCount = _count,
            ListCount = _cells,
            CodeComponents = _options.CodeComponents,
            BlockCount = _options.CodeComponents == 0 ? 0 : counts.Sum(IvfIndex.BlocksFor),
            Seed = _options.Seed,
        };
    }
}
