using JadeVector.Engine.Distance;
using JadeVector.Engine.Lsh;
using JadeVector.Engine.Memory;

namespace JadeVector.Benchmarks.Indexes;

/// <summary>Hash tables with probing.</summary>
internal sealed class LshBenchIndex(LshOptions options, Knob knob) : IBenchIndex
{
    private static readonly int[] ProbesSweep = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    private LshIndex? _index;
    private LshBuild? _build;

    public string Name => "lsh";

    public IReadOnlyList<KeyValuePair<string, object>> BuildParameters =>
        [new("tables", options.Tables), new("functions", _index?.Functions ?? options.Functions), new("widthPercent", (int)MathF.Round(options.Width * 100))];

    public Knob? Knob => knob;

    public long BytesInMemory => _index is null ? 0 : _index.MemoryBytes + _index.Rows.MemoryBytes;

    public int RowsBuilt => _index?.Count ?? (Volatile.Read(ref _build) is { } build ? (int)((double)build.Done / build.Total * build.RowCount) : 0);

    internal static LshBenchIndex Create(BenchParameters parameters) => new(
        new LshOptions
        {
            Tables = parameters.Number("tables", LshLimits.TablesMin, LshLimits.TablesMax, LshLimits.TablesDefault),
            Functions = parameters.Number("functions", 0, LshLimits.FunctionsMax, 0),
            Width = parameters.Number("widthPercent", (int)(LshLimits.WidthMin * 100), (int)(LshLimits.WidthMax * 100), (int)(LshLimits.WidthDefault * 100)) / 100f,
        },
        parameters.Sweep("probes", LshLimits.ProbesMin, LshLimits.ProbesMax, ProbesSweep));

    public void Build(VectorRows rows, Metric metric, int threads, CancellationToken cancellation)
    {
        using var build = new LshBuild(rows, metric, options);
        Volatile.Write(ref _build, build);
        _index = build.Complete(cancellation);
    }

    public IBenchSearcher CreateSearcher() => new Searcher(_index ?? throw new InvalidOperationException("Build comes first."));

    public void Dispose() => _index?.Dispose();

    private sealed class Searcher(LshIndex index) : IBenchSearcher
    {
        private readonly LshScratch _scratch = new();
        private RowDistance[] _results = [];

        public int Search(ReadOnlySpan<float> query, int k, int setting, Span<int> found)
        {
            if (_results.Length < k) _results = new RowDistance[k];
            var stats = default(SearchStats);
            var count = index.Search(query, k, setting, default(AllRows), _scratch, _results, ref stats, CancellationToken.None);
            for (var i = 0; i < count; i++) found[i] = _results[i].Row;
            return count;
        }
    }
}
