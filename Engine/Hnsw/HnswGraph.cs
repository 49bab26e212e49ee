using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Hnsw;

public delegate void HnswSink(ReadOnlySpan<byte> bytes);

public sealed unsafe partial class HnswGraph : IDisposable
{
    public HnswGraph(VectorRows rows, Metric metric, HnswOptions options) => throw new NotImplementedException();

    public VectorRows Rows => throw new NotImplementedException();

    public Metric Metric => throw new NotImplementedException();

    public HnswOptions Options => throw new NotImplementedException();

    /// <summary>Rows 0 to Count - 1 are linked.</summary>
    public int Count => throw new NotImplementedException();

    public long MemoryBytes => throw new NotImplementedException();

    public long ImageBytes => throw new NotImplementedException();

    public void Insert(int row, HnswScratch scratch) => throw new NotImplementedException();

    /// <returns>How many of <paramref name="results"/> were filled, at most k, nearest first, ties by lower row.</returns>
    public int Search<TFilter>(ReadOnlySpan<float> query, int k, int ef, TFilter filter, HnswScratch scratch, Span<RowDistance> results, ref SearchStats stats, CancellationToken cancellation)
        where TFilter : struct, IRowFilter => throw new NotImplementedException();

    public void WriteTo(HnswSink sink) => throw new NotImplementedException();

    public static HnswGraph Map(byte* image, long length, VectorRows rows, Metric metric) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
