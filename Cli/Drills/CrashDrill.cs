using System.Globalization;
using JadeVector.Cli.Nodes;

namespace JadeVector.Cli.Drills;

/// <summary>
/// Writers, readers and upkeep at once, and a node that is killed at random moments and started again: whatever it acknowledged must be
/// there after each restart, and no read may ever show anything older, or anything that nobody wrote.
/// </summary>
public static class CrashDrill
{
    /// <summary>Drills a node of its own.</summary>
    public static async Task<CrashDrillResult> RunAsync(
        NodeOptions nodeOptions, CrashDrillOptions options, TextWriter output, CancellationToken cancellation, DrillStore? store = null)
    {
        await using var node = new NodeProcess(nodeOptions);
        return await RunAsync(node, options, output, cancellation, store);
    }

    /// <param name="output">Gets a line for every round and a summary.</param>
    /// <param name="store">What the node keeps its data in, when outages are wanted.</param>
    /// <exception cref="CliException">The node does not start in the first place, or an option is out of range.</exception>
    public static async Task<CrashDrillResult> RunAsync(INode node, CrashDrillOptions options, TextWriter output, CancellationToken cancellation, DrillStore? store = null)
    {
        options.Validate();
        if (options.Outages + options.StoreKills > 0 && store is null) throw new CliException("--outages and --store-kills need a store of the drill's own: --storage azurite.");
        using var session = await DrillSession.BeginAsync(node, options, output, cancellation);
        session.BeginBackground();
        try
        {
            await KillRounds.RunAsync(session, cancellation);
            if (store is not null) await OutageRounds.RunAsync(session, store, cancellation);
        }
        finally
        {
            await session.EndBackgroundAsync();
        }

        if (store is not null && session.IsClean) await StoreKillRounds.RunAsync(session, store, cancellation);
        await SummariseAsync(session.Ledger, options, output);
        if (session.IsClean) await session.Target.Client.DeleteDatabaseAsync(session.Target.DatabaseId, cancellation);
        var ledger = session.Ledger;
        return new CrashDrillResult(
            (int)(ledger.CountOf(DrillEvent.Kill) + ledger.CountOf(DrillEvent.Outage) + ledger.CountOf(DrillEvent.StoreKill)), ledger.Items, ledger.CountOf(DrillEvent.Read), ledger.CountOf(DrillEvent.Restore) + ledger.CountOf(DrillEvent.Branch), ledger.Violations);
    }

    /// <summary>The database's name, which no other drill has.</summary>
    internal static string NameOf(CrashDrillOptions options) => string.Create(CultureInfo.InvariantCulture, $"crash-drill-{options.Seed}-{Environment.ProcessId}");

    private static async Task SummariseAsync(DrillLedger ledger, CrashDrillOptions options, TextWriter output)
    {
        foreach (var violation in ledger.Violations) await output.WriteLineAsync($"VIOLATION: {violation}");
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{ledger.CountOf(DrillEvent.Kill)} kills, {ledger.CountOf(DrillEvent.Outage)} outages, {ledger.CountOf(DrillEvent.StoreKill)} kills of the store ({ledger.CountOf(DrillEvent.RolledBackShard)} shards rolled back and refused), {ledger.CountOf(DrillEvent.FailedStart)} failed starts; {options.Writers} writers, {options.Readers} readers, seed {options.Seed}"));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{ledger.CountOf(DrillEvent.Read)} reads checked ({ledger.CountOf(DrillEvent.RefusedRead)} unanswered), {ledger.CountOf(DrillEvent.Compaction)} compactions, {ledger.CountOf(DrillEvent.Snapshot)} snapshots, {ledger.CountOf(DrillEvent.Restore)} restored and {ledger.CountOf(DrillEvent.Branch)} branches checked"));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{ledger.Items} acknowledged writes, {(ledger.Violations.Count > 0 ? $"{ledger.Violations.Count} violations" : ledger.CountOf(DrillEvent.RolledBackShard) > 0 ? "all found again or their loss reported" : "all found again")}"));
    }
}
