using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Lsh;

/// <summary>The building of an <see cref="LshIndex"/> in slices: directions are drawn, then table by table the rows are hashed and put into buckets.</summary>
/// <remarks>The same rows and options give the same image on processors of the same vector width, whatever the slices.</remarks>
public sealed class LshBuild : SlicedBuild<LshIndex>
{
    /// <summary>Components projected in one slice: about ten milliseconds.</summary>
    public const long SliceComponentsDefault = 1 << 25;

    private const int RowsPerPiece = 64;

    private readonly VectorRows _rows;
    private readonly Metric _metric;
    private readonly LshOptions _options;
    private readonly int _count;
    private readonly int _functions;

    /// <param name="rows">At least one; unit length when the metric is cosine. They outlive the index; rows that come later are not in it.</param>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="options">How the tables are built.</param>
    /// <param name="sliceComponents">Components projected in one slice, 1 or more; a slice is a few rows of one table at least.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside <see cref="LshLimits"/>.</exception>
    public LshBuild(VectorRows rows, Metric metric, LshOptions options, long sliceComponents = SliceComponentsDefault)
        : base(sliceComponents)
    {
        options.Validate();
        _rows = rows;
        _metric = metric;
        _options = options;
        _count = rows.Count;
        if (_count == 0)
            throw new ArgumentException("There is no row to build over.", nameof(rows));
        _functions = options.Functions == 0 ? LshLimits.FunctionsFor(_count) : options.Functions;
        Total = options.Tables * ProjectionWork * (1L + _count);
    }

    /// <summary>Rows that the index will have.</summary>
    public int RowCount => _count;

    /// <inheritdoc/>
    public override long Total { get; }

    /// <summary>Of hashing a row for one table, and as much of drawing its directions.</summary>
    private long ProjectionWork => (long)_functions * _rows.Dimension;

    /// <inheritdoc/>
    protected override IEnumerator<long> Pieces()
    {
        var random = new Random(_options.Seed);
        var index = LshIndex.Allocate(_rows, Plan(random));
        Hold(index);
        for (var table = 0; table < _options.Tables; table++)
        {
            index.Direct(table, random);
            yield return ProjectionWork;
        }

        var buckets = new int[_count];
        for (var table = 0; table < _options.Tables; table++)
        {
            for (var first = 0; first < _count; first += RowsPerPiece)
            {
                var count = Math.Min(RowsPerPiece, _count - first);
                index.Hash(table, first, count, buckets);
                yield return count * ProjectionWork;
            }

            index.Fill(table, buckets);
        }
    }

    private LshImageHeader Plan(Random random) => new()
    {
        Metric = _metric,
        Dimension = _rows.Dimension,
        RowCount = _count,
        Tables = _options.Tables,
        Functions = _functions,
        BucketBits = Math.Min(System.Numerics.BitOperations.Log2((uint)_count), LshLimits.BucketBitsMax),
        Seed = _options.Seed,
        SliceWidth = _metric == Metric.Euclidean ? _options.Width * LshIndex.Deviation(_rows, _count, random) : 0,
    };
}
