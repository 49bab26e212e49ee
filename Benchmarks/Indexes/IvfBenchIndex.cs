using JadeVector.Engine.Distance;
using JadeVector.Engine.Ivf;
using JadeVector.Engine.Memory;

namespace JadeVector.Benchmarks.Indexes;

/// <summary>Cells around k-means centres, with four-bit codes or without.</summary>
internal sealed class IvfBenchIndex(IvfOptions options, int rescore, Knob knob) : IBenchIndex
{
    private static readonly int[] ProbesSweep = [1, 2, 4, 8, 16, 32, 64, 128, 256];

    private IvfIndex? _index;
    private IvfBuild? _build;

    public string Name => "ivf";

    public IReadOnlyList<KeyValuePair<string, object>> BuildParameters =>
        [new("nlist", _index?.ListCount ?? options.ListCount), new("codeComponents", options.CodeComponents), new("rescore", rescore)];

    public Knob? Knob => knob;

    public long BytesInMemory => _index is null ? 0 : _index.MemoryBytes + _index.Rows.MemoryBytes;

    public int RowsBuilt => _index?.Count ?? (Volatile.Read(ref _build) is { } build ? (int)((double)build.Done / build.Total * build.RowCount) : 0);

    internal static IvfBenchIndex Create(BenchParameters parameters) => new(
        new IvfOptions
        {
            ListCount = parameters.Number("nlist", 0, IvfLimits.ListCountMax, 0),
            CodeComponents = parameters.Number("codeComponents", IvfLimits.CodeComponentsMin, IvfLimits.CodeComponentsMax, IvfLimits.CodeComponentsDefault),
        },
        parameters.Number("rescore", IvfLimits.RescoreMin, IvfLimits.RescoreMax, IvfLimits.RescoreDefault),
        parameters.Sweep("nprobe", IvfLimits.ProbesMin, IvfLimits.ProbesMax, ProbesSweep));

    public void Build(VectorRows rows, Metric metric, int threads, CancellationToken cancellation)
    {
        using var build = new IvfBuild(rows, metric, options);
        Volatile.Write(ref _build, build);
        _index = build.Complete(cancellation);
    }

    public IBenchSearcher CreateSearcher() => new Searcher(_index ?? throw new InvalidOperationException("Build comes first."), rescore);

    public void Dispose() => _index?.Dispose();

    private sealed class Searcher(IvfIndex index, int rescore) : IBenchSearcher
    {
        private readonly IvfScratch _scratch = new();
        private RowDistance[] _results = [];

        public int Search(ReadOnlySpan<float> query, int k, int setting, Span<int> found)
        {
            if (_results.Length < k) _results = new RowDistance[k];
            var stats = default(SearchStats);
            var count = index.Search(query, k, setting, rescore, default(AllRows), _scratch, _results, ref stats, CancellationToken.None);
            for (var i = 0; i < count; i++) found[i] = _results[i].Row;
            return count;
        }
    }
}
