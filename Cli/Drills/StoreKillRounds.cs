using System.Globalization;
using JadeVector.Cli.Verifying;

namespace JadeVector.Cli.Drills;

/// <summary>
/// Rounds of SIGKILL to the store itself, which loses what it had not written to its disk yet, acknowledged or not; in every second round
/// to the node as well. Each shard then shows every acknowledged write, or refuses because the store was rolled back, after a restart of the
/// node too, until the loss is accepted. Nothing in between.
/// </summary>
internal static class StoreKillRounds
{
    // Azurite writes down what it knows every five seconds.
    private const int SecondsMin = 5, SecondsMax = 10;

    internal static async Task RunAsync(DrillSession session, DrillStore store, CancellationToken cancellation)
    {
        session.Target.MayRollBack = true;
        for (var round = 1; round <= session.Options.StoreKills && session.IsClean; round++)
        {
            var line = await RunAsync(session, store, withNode: round % 2 == 0, cancellation);
            await session.Output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"store kill {round,3}/{session.Options.StoreKills}: {line}, {session.Ledger.Violations.Count} violations"));
        }
    }

    private static async Task<string> RunAsync(DrillSession session, DrillStore store, bool withNode, CancellationToken cancellation)
    {
        var before = session.Ledger.Items;
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = session.WriteAsync(CancellationToken.None, cut.Token);
        await session.AcknowledgedAsync(session.Options.Writers, running, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(SecondsMin + (session.Random.NextDouble() * (SecondsMax - SecondsMin))), cancellation);
        await store.KillAsync();
        session.Ledger.Count(DrillEvent.StoreKill);
        if (withNode) await session.Node.KillAsync();
        await cut.CancelAsync();
        await running;
        await store.StartAgainAsync(cancellation);
        if (withNode && await session.RestartAsync(cancellation) is null) return "the node did not start";
        var acknowledged = session.Ledger.Items - before;
        var what = string.Create(CultureInfo.InvariantCulture, $"store{(withNode ? " and node" : "")} killed after {acknowledged} acknowledged writes");
        if (await store.CountUnreadableAsync(cancellation) is > 0 and var unreadable) return await LeaveAsync(session, what, unreadable, cancellation);
        var look = new RollbackCheck(session);
        var shown = await look.RunAsync(cancellation);
        if (look.RefusedIds == 0) return $"{what}, all {shown} vectors there";

        var shards = await look.CountShardsAsync(cancellation);
        session.Ledger.Count(DrillEvent.RolledBackShard, shards);
        if (!await StaysRefusedAsync(session, look, cancellation)) return $"{what}, and the rollback was forgotten";
        await AcceptAsync(session, store, cancellation);
        return string.Create(CultureInfo.InvariantCulture, $"{what}, {shards} of {session.Options.Shards} shards rolled back and refused, {shown} vectors of the others there, loss accepted");
    }

    /// <summary>The store has broken itself. What is there is shown as it must be, the rest is refused, and nobody can mend it: the drill goes on with another database.</summary>
    private static async Task<string> LeaveAsync(DrillSession session, string what, int unreadable, CancellationToken cancellation)
    {
        var look = new RollbackCheck(session) { IsBroken = true };
        var shown = await look.RunAsync(cancellation);
        await session.LeaveDatabaseAsync(cancellation);
        return string.Create(CultureInfo.InvariantCulture, $"{what}, {unreadable} blobs unreadable for the store itself: {look.RefusedIds} ids refused, {shown} vectors of the others there; going on with another database");
    }

    /// <summary>A node that starts again remembers.</summary>
    private static async Task<bool> StaysRefusedAsync(DrillSession session, RollbackCheck look, CancellationToken cancellation)
    {
        var refused = look.RefusedIds;
        await session.Node.KillAsync();
        if (await session.RestartAsync(cancellation) is null) return false;
        await look.RunAsync(cancellation);
        if (look.RefusedIds != refused) session.Ledger.Violate($"{refused} ids were refused after a rollback, and {look.RefusedIds} after a restart of the node");
        return look.RefusedIds == refused;
    }

    /// <summary>As an operator does it. What is there afterwards is the truth.</summary>
    private static async Task AcceptAsync(DrillSession session, DrillStore store, CancellationToken cancellation)
    {
        await session.Node.KillAsync();
        using var report = new StringWriter(CultureInfo.InvariantCulture);
        if (await VerifyRun.RunAsync(store.ConnectionString, store.NodeDirectory, repair: false, acceptLoss: false, report, cancellation) == 0)
            session.Ledger.Violate("a node refused shards as rolled back, and 'jade verify' found nothing");
        if (await VerifyRun.RunAsync(store.ConnectionString, store.NodeDirectory, repair: true, acceptLoss: true, report, cancellation) != 0)
            session.Ledger.Violate($"the loss could not be accepted: {report}");
        session.ForgetUnanswered();
        if (await session.RestartAsync(cancellation) is null) return;
        await new RollbackCheck(session) { IsAccepted = true }.RunAsync(cancellation);
    }
}
