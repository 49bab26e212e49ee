using System.Diagnostics;
using System.Globalization;
using JadeVector.Benchmarks.ActorPath;
using JadeVector.Benchmarks.Load;
using JadeVector.Cli.Loading;
using JadeVector.Cli.Nodes;
using JadeVector.Client;

namespace JadeVector.Benchmarks.Overload;

/// <summary>
/// A node on a processor of its own: what it answers when one client asks (unloaded) and when a few ask without pause (capacity), then
/// many times that for a minute from an open loop, then one client again until the time it waits is what it was.
/// </summary>
internal sealed class OverloadRun(OverloadOptions options, string nodeProcessor, TextWriter output)
{
    private const int Seed = 20_260_102, TopK = 10, QueryCount = 1_000, BatchRows = 256;

    /// <summary>The p99 is back when it is at most this times what it was.</summary>
    private const double BackFactor = 1.2;

    private const int ClientsMax = 8;

    private static readonly TimeSpan WarmTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RecoveryMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RecoveryWindow = TimeSpan.FromMilliseconds(500);

    private byte[][] _requests = [];

    internal async Task RunAsync(CancellationToken cancellation)
    {
        using var directory = new TemporaryDirectory("jade-overload-");
        var wait = options.WaitMilliseconds;
        await using (var first = Node(directory, wait))
        {
            await LoadAsync(await first.StartAsync(cancellation), cancellation);
            if (wait is null)
            {
                var p99 = (await UnloadedAsync(first.Address, cancellation)).Percentile(0.99);
                wait = Math.Max(1, (int)(p99 / 4));
                Say($"p99 of {p99:0.00} ms when nothing else runs: a search may wait {wait} ms (Jade:Engine:SearchWaitMilliseconds)");
            }
        }

        await using var node = Node(directory, wait);
        var address = await node.StartAsync(cancellation);
        await WarmAsync(address, cancellation);
        await MeasureAsync(address, node, cancellation);
    }

    private NodeProcess Node(TemporaryDirectory directory, int? waitMilliseconds)
    {
        var settings = new Dictionary<string, string>();
        if (waitMilliseconds is { } wait) settings["Jade__Engine__SearchWaitMilliseconds"] = wait.ToString(CultureInfo.InvariantCulture);
        return new NodeProcess(new NodeOptions
        {
            Path = NodeOptions.PathFromEnvironment(),
            DataDirectory = directory.Path,
            Processors = nodeProcessor,
            Settings = settings,
        });
    }

    private async Task LoadAsync(Uri address, CancellationToken cancellation)
    {
        var random = new Random(Seed);
        using var client = new JadeClient(address);
        var database = await client.CreateDatabaseAsync(new DatabaseDefinition { Name = "overload", VectorDimension = options.Dimension, Metric = "euclidean" }, cancellation);
        using var connection = await LoadConnection.OpenAsync(address, cancellation);
        foreach (var (number, batch) in RandomVectors.Draw(random, options.Rows, options.Dimension).Chunk(BatchRows).Index())
            await connection.ExpectAsync(LoadRequest.UpsertBatch(database, string.Create(CultureInfo.InvariantCulture, $"b{number}"), batch), cancellation);
        await Tail.WhenDrainedAsync(client, database, _ => { }, cancellation);
        while (!await client.CompactAsync(database, cancellation)) { } // into a segment: the next start reads it in place of the log
        _requests = [.. RandomVectors.Draw(random, QueryCount, options.Dimension).Select(query => LoadRequest.Search(database, query, TopK, options.EfSearch))];
        Say($"{options.Rows} x {options.Dimension} float32, euclidean, k = {TopK}; node on processor {nodeProcessor}, load on another");
    }

    private async Task<LoadRecord> UnloadedAsync(Uri address, CancellationToken cancellation)
    {
        await ClosedLoop.RunAsync(address, 1, WarmTime, _requests, new LoadRecord(), cancellation);
        var record = new LoadRecord();
        await ClosedLoop.RunAsync(address, 1, options.BaseTime, _requests, record, cancellation);
        return record;
    }

    /// <summary>Until the runtime's compiler, which shares the node's one processor, has had its time: with searches, and with refusals.</summary>
    private async Task WarmAsync(Uri address, CancellationToken cancellation)
    {
        var rate = await ClosedLoop.RunAsync(address, ClientsMax, WarmTime, _requests, new LoadRecord(), cancellation);
        await new OpenLoop(address, _requests, new LoadRecord(), options.Connections).RunAsync(rate * options.Factor, options.WarmTime, cancellation);
    }

    /// <summary>The most that it answers, with few clients or many: few leave it idle between their searches, many are refused in part.</summary>
    private async Task<double> CapacityAsync(Uri address, CancellationToken cancellation)
    {
        var best = 0.0;
        for (var clients = 2; clients <= ClientsMax; clients *= 2)
        {
            var record = new LoadRecord();
            var rate = await ClosedLoop.RunAsync(address, clients, options.BaseTime, _requests, record, cancellation);
            Say($"{clients} clients without pause: {rate:0} searches/s, p99 {record.Percentile(0.99):0.00} ms, refused: {record.Refusals}");
            best = Math.Max(best, rate);
        }

        return best;
    }

    private async Task MeasureAsync(Uri address, NodeProcess node, CancellationToken cancellation)
    {
        var unloaded = await UnloadedAsync(address, cancellation);
        Say($"unloaded, 1 client: p50 {unloaded.Percentile(0.5):0.00} ms, p99 {unloaded.Percentile(0.99):0.00} ms");
        var capacity = await CapacityAsync(address, cancellation);
        var (p99, rate) = (unloaded.Percentile(0.99), capacity * options.Factor);
        Say($"capacity: the most of these, {capacity:0} searches/s");

        var record = new LoadRecord();
        var load = new OpenLoop(address, _requests, record, options.Connections);
        var began = Stopwatch.GetTimestamp();
        var used = MeasuredProcess.ProcessorSeconds(node.ProcessId);
        await load.RunAsync(rate, options.Time, cancellation);
        used = MeasuredProcess.ProcessorSeconds(node.ProcessId) - used;
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var recovery = await RecoveryAsync(address, p99, cancellation);

        Say($"overload, {options.Factor:0.#} x capacity for {options.Time.TotalSeconds:0} s: {load.Sent / seconds:0} requests/s sent of {rate:0}; {load.Unsent} were due while {options.Connections} waited for answers");
        Say($"accepted: {record.Accepted / seconds:0} searches/s, {record.Accepted / seconds / capacity:0.00} of capacity (aim 0.8)");
        Say($"accepted p50 {record.Percentile(0.5):0.00} ms, p99 {record.Percentile(0.99):0.00} ms, {record.Percentile(0.99) / p99:0.0} of unloaded (aim 2), longest {record.Percentile(1):0.0} ms");
        Say($"refused: {record.Refusals}; {1_000_000 * (used - (record.Accepted / capacity)) / Math.Max(1, record.Refused):0} µs of the node's processor each, if a search costs what it did");
        Say($"the node used {100 * used / seconds:0} % of its processor");
        Say($"node: {MeasuredProcess.PeakMebibytes(node.ProcessId):0} MiB at most, {MeasuredProcess.ResidentMebibytes(node.ProcessId):0} MiB at the end");
        if (recovery is { } back) Say($"p99 was back after {back.TotalSeconds:0.0} s (aim 5)");
        else Say($"p99 was not back within {RecoveryMax.TotalSeconds:0} s");
    }

    /// <returns>When the first of two windows in a row began whose p99 is what it was; null: none did in time.</returns>
    private async Task<TimeSpan?> RecoveryAsync(Uri address, double p99, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        TimeSpan? since = null;
        while (Stopwatch.GetElapsedTime(began) < RecoveryMax)
        {
            var (record, at) = (new LoadRecord(), Stopwatch.GetElapsedTime(began));
            await ClosedLoop.RunAsync(address, 1, RecoveryWindow, _requests, record, cancellation);
            var isBack = record.Percentile(0.99) <= BackFactor * p99;
            if (isBack && since is not null) return since;
            since = isBack ? at : null;
        }

        return null;
    }

    private void Say(FormattableString line) => output.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
