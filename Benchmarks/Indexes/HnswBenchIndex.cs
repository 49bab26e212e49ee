using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Quantization;

namespace JadeVector.Benchmarks.Indexes;

/// <summary>The graph, walked on codes and frozen as a segment has it, over float32 vectors in memory.</summary>
internal sealed class HnswBenchIndex(HnswOptions options, Knob knob) : IBenchIndex
{
    private static readonly int[] EfSearchSweep = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768];

    // By number of VectorCodes; names as in the API.
    private static readonly string[] Quantizations = ["none", "int8", "1bit"];

    private HnswGraph? _graph;
    private HnswGraph? _growing;

    public string Name => "hnsw";

    public IReadOnlyList<KeyValuePair<string, object>> BuildParameters =>
        [new("M", options.M), new("efConstruction", options.EfConstruction), new("quantization", Quantizations[(int)options.Codes])];

    public Knob? Knob => knob;

    public long BytesInMemory => _graph is null ? 0 : _graph.MemoryBytes + _graph.Rows.MemoryBytes;

    public int RowsBuilt => (_graph ?? Volatile.Read(ref _growing))?.Count ?? 0;

    internal static HnswBenchIndex Create(BenchParameters parameters) => new(
        new HnswOptions
        {
            M = parameters.Number("M", HnswLimits.MMin, HnswLimits.MMax, HnswLimits.MDefault),
            Codes = (VectorCodes)Array.IndexOf(Quantizations, parameters.Word("quantization", Quantizations, Quantizations[(int)VectorCodes.Int8])),
            EfConstruction = parameters.Number("efConstruction", HnswLimits.EfConstructionMin, HnswLimits.EfConstructionMax, HnswLimits.EfConstructionDefault),
        },
        parameters.Sweep("efSearch", HnswLimits.EfSearchMin, HnswLimits.EfSearchMax, EfSearchSweep));

    public void Build(VectorRows rows, Metric metric, int threads, CancellationToken cancellation)
    {
        using var growing = new HnswGraph(rows, metric, options);
        Volatile.Write(ref _growing, growing);
        var next = -1;
        Measuring.Threads.Run(threads, _ =>
        {
            var scratch = new HnswScratch();
            while (!cancellation.IsCancellationRequested && Interlocked.Increment(ref next) is var row && row < rows.Count) growing.Insert(row, scratch);
        });
        cancellation.ThrowIfCancellationRequested();
        _graph = growing.Freeze(cancellation);
        Volatile.Write(ref _growing, null);
    }

    public IBenchSearcher CreateSearcher() => new Searcher(_graph ?? throw new InvalidOperationException("Build comes first."));

    public void Dispose() => _graph?.Dispose();

    private sealed class Searcher(HnswGraph graph) : IBenchSearcher
    {
        private readonly HnswScratch _scratch = new();
        private RowDistance[] _results = [];

        public int Search(ReadOnlySpan<float> query, int k, int setting, Span<int> found)
        {
            if (_results.Length < k) _results = new RowDistance[k];
            var stats = default(SearchStats);
            var count = graph.Search(query, k, setting, default(AllRows), _scratch, _results, ref stats, CancellationToken.None);
            for (var i = 0; i < count; i++) found[i] = _results[i].Row;
            return count;
        }
    }
}
