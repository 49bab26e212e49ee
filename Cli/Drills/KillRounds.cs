using System.Globalization;

namespace JadeVector.Cli.Drills;

/// <summary>Rounds of write, kill the node, start it again, look for everything it had acknowledged.</summary>
internal static class KillRounds
{
    private const int KillDelayMillisecondsMax = 1_000;

    internal static async Task RunAsync(DrillSession session, CancellationToken cancellation)
    {
        for (var round = 1; round <= session.Options.Kills && session.IsClean; round++)
        {
            var line = await WriteAndKillAsync(session, cancellation);
            if (await session.RestartAsync(cancellation) is not { } restart) return;
            var vectors = await session.CheckAsync(cancellation);
            await session.Output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round,3}/{session.Options.Kills}: {line}, ready after {restart.TotalMilliseconds:0} ms, {vectors} vectors there, {session.Ledger.Violations.Count} violations"));
        }
    }

    private static async Task<string> WriteAndKillAsync(DrillSession session, CancellationToken cancellation)
    {
        var before = session.Ledger.Items;
        var requests = session.Random.Next(1, session.Options.RequestsPerRoundMax + 1);
        var delay = TimeSpan.FromMilliseconds(session.Random.NextDouble() * KillDelayMillisecondsMax);
        using var untilKill = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = session.WriteAsync(CancellationToken.None, untilKill.Token);
        await session.AcknowledgedAsync(requests, running, cancellation);
        await Task.Delay(delay, cancellation);
        // The node dies first and its clients hear of it by themselves, as real ones do.
        await session.Node.KillAsync();
        session.Ledger.Count(DrillEvent.Kill);
        await untilKill.CancelAsync();
        await running;
        return string.Create(CultureInfo.InvariantCulture, $"killed after {session.Ledger.Items - before} acknowledged writes, {session.Model.InDoubtCount} in doubt");
    }
}
