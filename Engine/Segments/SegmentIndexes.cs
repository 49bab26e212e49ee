using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Ivf;
using JadeVector.Engine.Lsh;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Segments;

/// <summary>The indexes of segments that are neither graphs nor nothing: cells and hash tables.</summary>
internal static unsafe class SegmentIndexes
{
    /// <summary>Begins the index that the configuration asks for; null for graphs, which are linked row by row, and for flat indexes.</summary>
    public static SlicedBuild<ISegmentIndex>? Start(VectorRows rows, ShardConfig config) => config.Index switch
    {
        ShardIndexKind.Ivf => new Building<IvfIndex>(
            new IvfBuild(rows, config.Metric, new IvfOptions { ListCount = Math.Min(config.Lists, rows.Count), CodeComponents = Math.Min(config.CodeComponents, rows.Dimension) }),
            static index => new Cells(index)),
        ShardIndexKind.Lsh => new Building<LshIndex>(
            new LshBuild(rows, config.Metric, new LshOptions { Tables = config.Tables, Functions = config.Functions }),
            static index => new Tables(index)),
        _ => null,
    };

    /// <summary>Which section holds the index of such segments; null when none does.</summary>
    public static SegmentSection? SectionOf(ShardIndexKind kind) => kind switch
    {
        ShardIndexKind.Ivf => SegmentSection.Cells,
        ShardIndexKind.Lsh => SegmentSection.Tables,
        _ => null,
    };

    /// <summary>The index over the vectors of a segment, read in place.</summary>
    /// <exception cref="InvalidDataException">It is damaged or of other rows; says how.</exception>
    public static ISegmentIndex Map(SegmentSection section, VectorRows rows, Metric metric, byte* image, long length) => section switch
    {
        SegmentSection.Cells => new Cells(IvfIndex.Map(rows, metric, image, length)),
        SegmentSection.Tables => new Tables(LshIndex.Map(rows, metric, image, length)),
        _ => throw new ArgumentOutOfRangeException(nameof(section), section, "It holds no index of that kind."),
    };

    /// <summary>The building of a kind of index, as one of a segment.</summary>
    private sealed class Building<TIndex>(SlicedBuild<TIndex> inner, Func<TIndex, ISegmentIndex> wrap) : SlicedBuild<ISegmentIndex>(sliceWork: 1)
        where TIndex : class, IDisposable
    {
        public override long Total => inner.Total;

        protected override IEnumerator<long> Pieces()
        {
            using (inner)
            {
                var done = 0L;
                for (; inner.Step(); done = inner.Done)
                    yield return inner.Done - done;
                yield return inner.Done - done;
                Hold(wrap(inner.Take()));
            }
        }
    }

    private sealed class Cells(IvfIndex index) : ISegmentIndex
    {
        private readonly ScratchPool<IvfScratch> _scratches = new();

        public SegmentSection Section => SegmentSection.Cells;

        public int Count => index.Count;

        public long MemoryBytes => index.MemoryBytes;

        public long ImageBytes => index.ImageBytes;

        public long CodeBytes => index.CodeBytes;

        public ReadOnlySpan<byte> ImageSlice(long offset, int length) => index.ImageSlice(offset, length);

        public long RowsLookedAt(int probes) => (long)index.Count * Math.Min(probes, index.ListCount) / index.ListCount;

        public int Search<TFilter>(
            ReadOnlySpan<float> query, int k, int probes, int rescore, TFilter filter, Span<RowDistance> results, ref SearchStats stats, CancellationToken cancellation)
            where TFilter : struct, IRowFilter
        {
            // Not returned when the search is cancelled: what it holds is then of no known state.
            var scratch = _scratches.Rent();
            var found = index.Search(query, k, probes, rescore, filter, scratch, results, ref stats, cancellation);
            _scratches.Return(scratch);
            return found;
        }

        public void Dispose() => index.Dispose();
    }

    private sealed class Tables(LshIndex index) : ISegmentIndex
    {
        private readonly ScratchPool<LshScratch> _scratches = new();

        public SegmentSection Section => SegmentSection.Tables;

        public int Count => index.Count;

        public long MemoryBytes => index.MemoryBytes;

        public long ImageBytes => index.ImageBytes;

        public long CodeBytes => 0;

        public ReadOnlySpan<byte> ImageSlice(long offset, int length) => index.ImageSlice(offset, length);

        /// <summary>As if the rows were spread evenly over two values of each function, and independently in each table.</summary>
        public long RowsLookedAt(int probes)
        {
            var share = Math.Min(1, probes / Math.Pow(2, index.Functions));
            return (long)(index.Count * (1 - Math.Pow(1 - share, index.Tables)));
        }

        public int Search<TFilter>(
            ReadOnlySpan<float> query, int k, int probes, int rescore, TFilter filter, Span<RowDistance> results, ref SearchStats stats, CancellationToken cancellation)
            where TFilter : struct, IRowFilter
        {
            var scratch = _scratches.Rent();
            var found = index.Search(query, k, Math.Min(probes, LshLimits.ProbesMax), filter, scratch, results, ref stats, cancellation);
            _scratches.Return(scratch);
            return found;
        }

        public void Dispose() => index.Dispose();
    }
}
