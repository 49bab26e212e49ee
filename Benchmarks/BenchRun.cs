using System.Diagnostics;
using System.Globalization;
using JadeVector.Benchmarks.Comparing;
using JadeVector.Benchmarks.Indexes;
using JadeVector.Benchmarks.Measuring;
using JadeVector.Benchmarks.Reports;
using JadeVector.Datasets;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Tuning;

namespace JadeVector.Benchmarks;

/// <summary>One run of the harness: read, find the truth, build, measure, measure the peers, report.</summary>
/// <param name="output">Gets the report.</param>
/// <param name="progress">Gets what goes on, and with --json the tables.</param>
public sealed class BenchRun(BenchOptions options, TextWriter output, TextWriter progress)
{
    private const int TunerSeed = 20260101;

    /// <exception cref="BenchException">An option, or a peer's answer, is not usable.</exception>
    /// <exception cref="DatasetException">A file is not usable.</exception>
    public IReadOnlyList<SettingFigures> Run(CancellationToken cancellation)
    {
        using var index = IndexKinds.Create(options.Index, new BenchParameters(options.Parameters));
        using var set = VectorSet.Read(new Dataset.Vectors(options.Base, options.Query), options.Count, options.Queries, unitLength: options.Metric == Metric.Cosine);
        Say($"{set.Rows.Count:N0} rows and {set.Queries.Count:N0} queries of {set.Rows.Dimension} components");
        var truth = FindTruth(set, cancellation);
        var since = Stopwatch.GetTimestamp();
        using (new BuildReport(index, set.Rows.Count, progress, TimeProvider.System))
            index.Build(set.Rows, options.Metric, options.BuildThreads, cancellation);
        var buildTime = Stopwatch.GetElapsedTime(since);
        Say($"{index.Name} built in {buildTime.TotalSeconds:0.0} s with {options.BuildThreads} threads: {index.BytesInMemory / 1e6:0.0} MB");

        var figures = new List<SettingFigures>();
        var timer = new SearchTimer(index, set.Queries, truth, truth.K, options.Threads, options.Runs, options.RunTime);
        foreach (var setting in Settings(index, timer, set, cancellation))
        {
            var timing = timer.Measure(setting, cancellation);
            Report(figures, new SettingFigures(
                index.Name, Parameters(index, setting), Math.Round(buildTime.TotalSeconds, 3), index.BytesInMemory,
                Math.Round(timing.Recall, 5), Math.Round(timing.Qps, 1), Math.Round(timing.P50, 1), Math.Round(timing.P99, 1)));
        }

        foreach (var peer in options.Peers) MeasurePeer(peer, truth, figures, cancellation);
        Summarize(figures);
        return figures;
    }

    private ExactTruth FindTruth(VectorSet set, CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        var truth = options.Truth is { } file
            ? ExactTruth.Read(file, set.Rows, options.Metric, set.Queries, options.K)
            : ExactTruth.Compute(set.Rows, options.Metric, set.Queries, options.K, cancellation);
        Say($"truth {(options.Truth is null ? "computed" : "read")} in {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s");
        if (options.SaveTruth is { } path) WriteTruth(truth, path);
        return truth;
    }

    private static void WriteTruth(ExactTruth truth, string path)
    {
        using var file = File.Create(path);
        truth.WriteTo(file);
    }

    /// <summary>The settings to measure: those of the sweep, or the least ones that reach the recalls asked for.</summary>
    private IEnumerable<int> Settings(IBenchIndex index, SearchTimer timer, VectorSet set, CancellationToken cancellation)
    {
        if (index.Knob is not { } knob) return [0];
        if (options.Recalls.Count + options.Tunes.Count == 0) return knob.Sweep;
        var settings = Reaching(index.Name, knob, options.Recalls, timer.Recall);
        if (options.Tunes.Count > 0) settings.AddRange(Tuned(index, knob, set, cancellation));
        return settings.Distinct();
    }

    private List<int> Reaching(string name, Knob knob, IReadOnlyList<double> recalls, Func<int, double> measure)
    {
        var least = new LeastSetting(knob.Min, knob.Max, measure);
        var settings = new List<int>();
        foreach (var recall in recalls.Order())
        {
            if (least.Find(recall) is { } setting) settings.Add(setting);
            else Say($"{name} does not reach recall {recall:0.####}, not even with {knob.Name} = {knob.Max}");
        }

        return settings;
    }

    /// <summary>The settings that the engine finds by itself, on the rows alone.</summary>
    private List<int> Tuned(IBenchIndex index, Knob knob, VectorSet set, CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        var tuner = RecallTuner.Create(set.Rows, options.Metric, options.K, RecallTuner.QueriesDefault, new Random(TunerSeed), cancellation);
        var searcher = index.CreateSearcher();
        var found = new int[options.K];
        var settings = Reaching(index.Name, knob, options.Tunes, setting => tuner.Recall(
            setting,
            (query, value, results) =>
            {
                var count = searcher.Search(query, results.Length, value, found);
                for (var i = 0; i < count; i++) results[i] = new RowDistance(found[i], 0);
                return count;
            },
            cancellation));
        Say($"tuned in {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s: {knob.Name} = {string.Join(", ", settings)}");
        return settings;
    }

    private Dictionary<string, object> Parameters(IBenchIndex index, int setting)
    {
        var parameters = new Dictionary<string, object>(index.BuildParameters);
        if (index.Knob is { } knob) parameters[knob.Name] = setting;
        parameters["threads"] = options.Threads;
        return parameters;
    }

    private void MeasurePeer(string command, ExactTruth truth, List<SettingFigures> figures, CancellationToken cancellation)
    {
        var path = Path.Combine(Path.GetTempPath(), $"jade-bench-{Environment.ProcessId}.ibin");
        try
        {
            WriteTruth(truth, path);
            Say($"peer: {command}");
            foreach (var line in PeerCommand.Run(command, options, path, cancellation)) Report(figures, line);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private void Report(List<SettingFigures> figures, SettingFigures line)
    {
        figures.Add(line);
        if (options.Json) JsonLines.Write(output, line);
    }

    private void Summarize(List<SettingFigures> figures)
    {
        var console = options.Json ? progress : output;
        console.Write(FiguresTable.Of(figures));
        console.Write(FiguresTable.Of(PeerRatio.Of(figures, options.Index, options.Recalls)));
        if (options.Plot is { } plot)
        {
            File.WriteAllText(plot, RecallPlot.Draw(figures, $"{Path.GetFileName(options.Base)}, k = {options.K}, {options.Threads} search threads"));
            Say($"plot written to {plot}");
        }
    }

    private void Say(FormattableString what) => progress.WriteLine(what.ToString(CultureInfo.InvariantCulture));
}
