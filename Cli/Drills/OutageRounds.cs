using System.Diagnostics;
using System.Globalization;

namespace JadeVector.Cli.Drills;

/// <summary>Rounds of a store that cannot be reached for a while, each in another way, under a node that goes on: it must come back to work by itself, with nothing lost.</summary>
internal static class OutageRounds
{
    private const int SecondsMin = 1, SecondsMax = 5;

    /// <summary>A graceful restart of Azurite, and each fault of the way to it, in turn.</summary>
    private static readonly StoreFault[] Kinds =
        [StoreFault.Refused, StoreFault.Dropped, StoreFault.None, StoreFault.Delayed, StoreFault.AnsweredLate, StoreFault.HalfRequest, StoreFault.HalfAnswer];

    internal static async Task RunAsync(DrillSession session, DrillStore store, CancellationToken cancellation)
    {
        for (var round = 1; round <= session.Options.Outages && session.IsClean; round++)
        {
            var line = await RunAsync(session, store, Kinds[(round - 1) % Kinds.Length], cancellation);
            var vectors = session.IsClean ? await session.CheckAsync(cancellation) : 0;
            await session.Output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"outage {round,3}/{session.Options.Outages}: {line}, {vectors} vectors there, {session.Ledger.Violations.Count} violations"));
        }
    }

    private static async Task<string> RunAsync(DrillSession session, DrillStore store, StoreFault fault, CancellationToken cancellation)
    {
        var length = TimeSpan.FromSeconds(SecondsMin + (session.Random.NextDouble() * (SecondsMax - SecondsMin)));
        var (faults, before) = (store.Proxy.FaultCount, session.Ledger.Items);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = session.WriteAsync(enough.Token, cut.Token);
        await session.AcknowledgedAsync(session.Random.Next(1, session.Options.RequestsPerRoundMax + 1), running, cancellation);
        try
        {
            await FailAsync(store, fault, length, cancellation);
        }
        catch (CliException failed)
        {
            session.Ledger.Violate(failed.Message);
        }

        session.Ledger.Count(DrillEvent.Outage);
        if (!session.Node.IsRunning) session.Ledger.Violate($"the node ended by itself when its store was away ({session.Node.LastWords})");
        var since = Stopwatch.StartNew();
        var resumed = await session.AcknowledgedAsync(session.Options.Writers, running, cancellation);
        var after = since.Elapsed;
        await enough.CancelAsync();
        if (!resumed || !await EndAsync(session, running, cancellation)) await cut.CancelAsync();
        await running;
        var what = fault == StoreFault.None ? "restarted" : fault.ToString();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{what} for {length.TotalSeconds:0.0} s ({store.Proxy.FaultCount - faults} faults met), {session.Ledger.Items - before} acknowledged writes, writes again after {after.TotalMilliseconds:0} ms");
    }

    private static async Task FailAsync(DrillStore store, StoreFault fault, TimeSpan length, CancellationToken cancellation)
    {
        if (fault == StoreFault.None)
        {
            await store.RestartAsync(length, cancellation);
            return;
        }

        store.Proxy.Inject(fault);
        await Task.Delay(length, cancellation);
        store.Proxy.Heal();
    }

    /// <summary>Every writer gets the answer to its last request.</summary>
    private static async Task<bool> EndAsync(DrillSession session, Task running, CancellationToken cancellation)
    {
        try
        {
            await running.WaitAsync(session.Options.Patience, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            session.Ledger.Violate(string.Create(CultureInfo.InvariantCulture, $"{session.Model.InDoubtCount} writes were not answered within {session.Options.Patience.TotalSeconds:0} s after an outage"));
            return false;
        }
    }
}
