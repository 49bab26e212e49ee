using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Benchmarks.Indexes;

/// <summary>The exact scan, one query a pass.</summary>
internal sealed class FlatBenchIndex : IBenchIndex
{
    private VectorRows? _rows;
    private Metric _metric;

    public string Name => "flat";

    public IReadOnlyList<KeyValuePair<string, object>> BuildParameters => [];

    public Knob? Knob => null;

    public long BytesInMemory => _rows?.MemoryBytes ?? 0;

    public int RowsBuilt => _rows?.Count ?? 0;

    internal static FlatBenchIndex Create(BenchParameters parameters) => new();

    public void Build(VectorRows rows, Metric metric, int threads, CancellationToken cancellation) => (_rows, _metric) = (rows, metric);

    public IBenchSearcher CreateSearcher() => new Searcher(_rows ?? throw new InvalidOperationException("Build comes first."), _metric);

    public void Dispose()
    {
    }

    private sealed class Searcher(VectorRows rows, Metric metric) : IBenchSearcher
    {
        private TopK _nearest = new(1);

        public int Search(ReadOnlySpan<float> query, int k, int setting, Span<int> found)
        {
            if (_nearest.Capacity != k) _nearest = new TopK(k);
            _nearest.Clear();
            var stats = default(SearchStats);
            FlatScan.Search(rows, metric, 0, rows.Count, query, default(AllRows), ref _nearest, ref stats, CancellationToken.None);
            for (var i = 0; i < _nearest.Count; i++) found[i] = _nearest.Items[i].Row;
            return _nearest.Count;
        }
    }
}
