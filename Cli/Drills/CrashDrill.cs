using System.Diagnostics;
using System.Globalization;
using JadeVector.Cli.Nodes;
using JadeVector.Client;

namespace JadeVector.Cli.Drills;

/// <summary>Writes with several writers at once, kills the node at a random moment, starts it again and looks for everything it had acknowledged; many times.</summary>
public static class CrashDrill
{
    private const int KillDelayMillisecondsMax = 20;

    /// <summary>Drills a node of its own.</summary>
    public static async Task<CrashDrillResult> RunAsync(NodeOptions nodeOptions, CrashDrillOptions options, TextWriter output, CancellationToken cancellation)
    {
        await using var node = new NodeProcess(nodeOptions);
        return await RunAsync(node, options, output, cancellation);
    }

    /// <param name="output">Gets a line for every round and a summary.</param>
    /// <exception cref="CliException">The node does not start, or an option is out of range.</exception>
    public static async Task<CrashDrillResult> RunAsync(INode node, CrashDrillOptions options, TextWriter output, CancellationToken cancellation)
    {
        options.Validate();
        var random = new Random(options.Seed);
        var ledger = new DrillLedger();
        DrillWriter[] writers = [.. Enumerable.Range(0, options.Writers).Select(number => new DrillWriter(number, options, ledger))];
        var address = await node.StartAsync(cancellation);
        string databaseId;
        using (var client = Client(address)) databaseId = await CreateDatabaseAsync(client, options, cancellation);

        var round = 0;
        while (round < options.Kills && ledger.Violations.Count == 0)
        {
            round++;
            var line = await WriteAndKillAsync(node, address, databaseId, writers, ledger, options, random, cancellation);
            var since = Stopwatch.StartNew();
            address = await node.StartAsync(cancellation);
            var restart = since.Elapsed;
            using var client = Client(address);
            var vectors = await new DrillCheck(client, databaseId, [.. writers.Select(writer => writer.Model)], options, ledger).RunAsync(cancellation);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round,3}/{options.Kills}: {line}, ready after {restart.TotalMilliseconds:0} ms, {vectors} vectors there, {ledger.Violations.Count} violations"));
        }

        await SummariseAsync(round, ledger, options, output);
        if (ledger.Violations.Count == 0)
        {
            using var client = Client(address);
            await client.DeleteDatabaseAsync(databaseId, cancellation);
        }

        return new CrashDrillResult(round, ledger.Items, ledger.Violations);
    }

    private static JadeClient Client(Uri address) => new(new JadeClientOptions { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) });

    private static Task<string> CreateDatabaseAsync(JadeClient client, CrashDrillOptions options, CancellationToken cancellation) => client.CreateDatabaseAsync(
        new DatabaseDefinition
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"crash-drill-{options.Seed}-{Environment.ProcessId}"),
            VectorDimension = DrillVectors.Dimension,
            Metric = "euclidean",
            Sharding = new Sharding { NumShards = options.Shards },
        },
        cancellation);

    private static async Task<string> WriteAndKillAsync(
        INode node, Uri address, string databaseId, DrillWriter[] writers, DrillLedger ledger, CrashDrillOptions options, Random random, CancellationToken cancellation)
    {
        var before = ledger.Items;
        var requests = random.Next(1, options.RequestsPerRoundMax + 1);
        var delay = TimeSpan.FromMilliseconds(random.NextDouble() * KillDelayMillisecondsMax);
        var reached = ledger.WhenAcknowledged(requests);
        using var client = Client(address);
        using var untilKill = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = Task.WhenAll(writers.Select(writer => Task.Run(() => writer.RunAsync(client, databaseId, untilKill.Token), cancellation)));
        try
        {
            await Task.WhenAny(reached, running).WaitAsync(options.Patience, cancellation);
        }
        catch (TimeoutException)
        {
            ledger.Violate($"{requests} requests were not acknowledged within {options.Patience.TotalSeconds:0} s");
        }

        await Task.Delay(delay, cancellation);
        // The node dies first and the writers hear of it by themselves, as real clients do.
        await node.KillAsync();
        await untilKill.CancelAsync();
        await running;
        var inDoubt = writers.Sum(writer => writer.Model.InDoubtCount);
        return string.Create(CultureInfo.InvariantCulture, $"killed after {ledger.Items - before} acknowledged writes, {inDoubt} in doubt");
    }

    private static async Task SummariseAsync(int rounds, DrillLedger ledger, CrashDrillOptions options, TextWriter output)
    {
        foreach (var violation in ledger.Violations) await output.WriteLineAsync($"VIOLATION: {violation}");
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{rounds} kills, {options.Writers} writers, seed {options.Seed}: {ledger.Items} acknowledged writes, {(ledger.Violations.Count == 0 ? "all found again" : $"{ledger.Violations.Count} violations")}"));
    }
}
