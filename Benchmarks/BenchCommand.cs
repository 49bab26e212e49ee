using System.CommandLine;
using System.Globalization;
using JadeVector.Benchmarks.ActorPath;
using JadeVector.Benchmarks.Databases;
using JadeVector.Benchmarks.Filtering;
using JadeVector.Benchmarks.Indexes;
using JadeVector.Benchmarks.Ingest;
using JadeVector.Benchmarks.Kernels;
using JadeVector.Benchmarks.Measuring;
using JadeVector.Benchmarks.Overload;
using JadeVector.Benchmarks.Scanning;
using JadeVector.Engine.Distance;

namespace JadeVector.Benchmarks;

/// <summary><c>./jade bench</c>.</summary>
internal sealed class BenchCommand
{
    private readonly Option<string> _base = new("--base") { Description = "Vectors to build over: .fbin, .fvecs, .bvecs, .npy or IDX, each also with .gz.", Required = true };
    private readonly Option<string> _query = new("--query") { Description = "Vectors to search with.", Required = true };
    private readonly Option<string> _truth = new("--truth") { Description = "True neighbours of every query as row numbers (.ibin, .ivecs, .npy, IDX), or 'exact' to compute them.", DefaultValueFactory = _ => "exact" };
    private readonly Option<string?> _saveTruth = new("--save-truth") { Description = "Write the truth to this .ibin file." };
    private readonly Option<string> _metric = new("--metric") { Description = "l2, cosine or ip.", DefaultValueFactory = _ => "l2" };
    private readonly Option<int> _k = new("--k") { Description = "Results asked for.", DefaultValueFactory = _ => BenchOptions.KDefault };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads that search at once.", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _buildThreads = new("--build-threads") { Description = "Threads that build; without it, as many as search." };
    private readonly Option<string> _index = new("--index") { Description = $"Kind of index: {string.Join(", ", IndexKinds.Names)}.", DefaultValueFactory = _ => "hnsw" };
    private readonly Option<string[]> _parameters = new("--param") { Description = "name=value of the index; of the setting that is swept, values with commas. May be repeated.", DefaultValueFactory = _ => [] };
    private readonly Option<string?> _recalls = new("--recall") { Description = "Recalls with commas: measures the least setting that reaches each, instead of a sweep." };
    private readonly Option<string?> _tunes = new("--tune") { Description = "Recalls with commas: the engine tunes itself for each on the rows alone, without queries or truth; then measures." };
    private readonly Option<int> _runs = new("--runs") { Description = "Runs of which the median counts.", DefaultValueFactory = _ => BenchOptions.RunsDefault };
    private readonly Option<double> _runSeconds = new("--run-seconds") { Description = "How long a run lasts at least.", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _count = new("--count") { Description = "Use so many rows at most." };
    private readonly Option<int?> _queries = new("--queries") { Description = "Use so many queries at most." };
    private readonly Option<string[]> _peers = new("--peer") { Description = "A command that measures another program and prints JSON lines of the same form. May be repeated.", DefaultValueFactory = _ => [] };
    private readonly Option<string?> _plot = new("--plot") { Description = "Write an SVG plot of queries a second over recall." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON lines only; tables go to standard error." };

    private BenchCommand()
    {
    }

    internal static RootCommand Create()
    {
        var command = new BenchCommand();
        return command.CreateRoot();
    }

    private RootCommand CreateRoot()
    {
        foreach (var option in new Option<int>[] { _k, _threads, _runs }) AtLeast(option, 1);
        foreach (var option in new[] { _buildThreads, _count, _queries }) AtLeast(option, 1);
        var root = new RootCommand("Measures an index: recall against exact truth, queries a second, latency, build time and memory.")
        {
            _base, _query, _truth, _saveTruth, _metric, _k, _threads, _buildThreads, _index, _parameters, _recalls, _tunes, _runs, _runSeconds, _count, _queries, _peers, _plot, _json,
        };
        root.SetAction((parsed, cancellation) => Task.Run(() => new BenchRun(Options(parsed), Console.Out, Console.Error).Run(cancellation), cancellation));
        root.Subcommands.Add(ScanCommand.Create());
        root.Subcommands.Add(BenchmarkDotNetCommand.Create<DistanceBenchmarks>("kernels", "Measures the distance kernels with BenchmarkDotNet."));
        root.Subcommands.Add(BenchmarkDotNetCommand.Create<ShardCallBenchmarks>("calls", "Measures time and allocations of a shard's search: engine, grain, another process."));
        root.Subcommands.Add(ActorPathCommand.Create());
        root.Subcommands.Add(FilterCommand.Create());
        root.Subcommands.Add(OverloadCommand.Create());
        root.Subcommands.Add(DatabasesCommand.Create());
        root.Subcommands.Add(IngestCommand.Create());
        return root;
    }

    private BenchOptions Options(ParseResult parsed) => new()
    {
        Base = parsed.GetValue(_base)!,
        Query = parsed.GetValue(_query)!,
        Truth = parsed.GetValue(_truth) is "exact" ? null : parsed.GetValue(_truth),
        SaveTruth = parsed.GetValue(_saveTruth),
        Metric = ParseMetric(parsed.GetValue(_metric)!),
        K = parsed.GetValue(_k),
        Threads = parsed.GetValue(_threads),
        BuildThreads = parsed.GetValue(_buildThreads) ?? parsed.GetValue(_threads),
        Index = parsed.GetValue(_index)!,
        Parameters = parsed.GetValue(_parameters)!,
        Recalls = ParseRecalls("--recall", parsed.GetValue(_recalls)),
        Tunes = ParseRecalls("--tune", parsed.GetValue(_tunes)),
        Runs = parsed.GetValue(_runs),
        RunTime = TimeSpan.FromSeconds(parsed.GetValue(_runSeconds)),
        Count = parsed.GetValue(_count),
        Queries = parsed.GetValue(_queries) ?? int.MaxValue,
        Peers = parsed.GetValue(_peers)!,
        Plot = parsed.GetValue(_plot),
        Json = parsed.GetValue(_json),
    };

    internal static Metric ParseMetric(string name) => name switch
    {
        "l2" => Metric.Euclidean,
        "cosine" => Metric.Cosine,
        "ip" => Metric.Dot,
        _ => throw new BenchException($"--metric is l2, cosine or ip, not '{name}'."),
    };

    private static IReadOnlyList<double> ParseRecalls(string option, string? text) =>
        text is null ? [] : [.. text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var recall) && recall is > 0 and <= 1
            ? recall
            : throw new BenchException($"{option} takes numbers above 0 up to 1, not '{part}'."))];

    internal static void AtLeast<T>(Option<T> option, int min) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && number < min)
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {min} or more, not {number}."));
    });
}
