using System.Diagnostics;
using System.Globalization;
using JadeVector.Cli.Nodes;
using JadeVector.Client;

namespace JadeVector.Cli.Drills;

/// <summary>A drill under way: the node, its database, those who write, read and keep it, and what they know and count.</summary>
internal sealed class DrillSession : IDisposable
{
    private readonly DrillWriter[] _writers;
    private readonly CancellationTokenSource _end = new();
    private Task _background = Task.CompletedTask;

    private DrillSession(INode node, CrashDrillOptions options, TextWriter output, Uri address)
    {
        (Node, Options, Output, Target) = (node, options, output, new DrillTarget(address));
        Random = new Random(options.Seed);
        _writers = [.. Enumerable.Range(0, options.Writers).Select(number => new DrillWriter(number, options, Model, Ledger))];
    }

    internal INode Node { get; }

    internal CrashDrillOptions Options { get; }

    internal TextWriter Output { get; }

    internal DrillTarget Target { get; }

    internal DrillModel Model { get; } = new();

    internal DrillLedger Ledger { get; } = new();

    internal Random Random { get; }

    internal bool IsClean => Ledger.Violations.Count == 0;

    /// <exception cref="CliException">The node does not start.</exception>
    internal static async Task<DrillSession> BeginAsync(INode node, CrashDrillOptions options, TextWriter output, CancellationToken cancellation)
    {
        var session = new DrillSession(node, options, output, await node.StartAsync(cancellation));
        await session.CreateDatabaseAsync(CrashDrill.NameOf(options), cancellation);
        return session;
    }

    /// <summary>Goes on with another database, of which nothing is known yet. No one reads or writes meanwhile.</summary>
    internal async Task LeaveDatabaseAsync(CancellationToken cancellation)
    {
        ForgetUnanswered();
        Model.Clear();
        await CreateDatabaseAsync($"{CrashDrill.NameOf(Options)}-after-{Target.DatabaseId}", cancellation);
    }

    /// <summary>Those who read and keep the database begin, and go on over restarts.</summary>
    internal void BeginBackground()
    {
        var readers = Enumerable.Range(0, Options.Readers).Select(number => new DrillReader(number, Options, Model, Ledger, Target).RunAsync(_end.Token));
        var keeper = new DrillUpkeep(Options, Model, Ledger, Target);
        Task[] upkeep = Options.HasUpkeep ? [keeper.CompactAsync(_end.Token), keeper.CopyAsync(_end.Token)] : [];
        _background = Task.WhenAll([.. readers, .. upkeep]);
    }

    /// <summary>They end what they are about.</summary>
    internal async Task EndBackgroundAsync()
    {
        await _end.CancelAsync();
        await _background;
    }

    /// <summary>All writers, until <paramref name="enough"/> (they end their requests) or <paramref name="cut"/> (they leave them unanswered).</summary>
    internal Task WriteAsync(CancellationToken enough, CancellationToken cut) =>
        Task.WhenAll(_writers.Select(writer => Task.Run(() => writer.RunAsync(Target, enough, cut), CancellationToken.None)));

    /// <returns>Whether so many requests were acknowledged before the patience was at its end; if not, that is a violation.</returns>
    internal async Task<bool> AcknowledgedAsync(int requests, Task running, CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAny(Ledger.WhenAcknowledged(requests), running).WaitAsync(Options.Patience, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            Ledger.Violate(string.Create(CultureInfo.InvariantCulture, $"{requests} requests were not acknowledged within {Options.Patience.TotalSeconds:0} s"));
            return false;
        }
    }

    /// <summary>Requests that were unanswered when the loss of others was accepted are given up with them.</summary>
    internal void ForgetUnanswered() => Array.ForEach(_writers, writer => writer.ForgetUnanswered());

    /// <summary>Starts the node again. A failed start is a violation.</summary>
    /// <returns>How long it took until the node was ready; null when it did not start.</returns>
    internal async Task<TimeSpan?> RestartAsync(CancellationToken cancellation)
    {
        var since = Stopwatch.StartNew();
        try
        {
            Target.MoveTo(await Node.StartAsync(cancellation));
            return since.Elapsed;
        }
        catch (CliException failed)
        {
            Ledger.Count(DrillEvent.FailedStart);
            Ledger.Violate(failed.Message);
            return null;
        }
    }

    /// <returns>Vectors that are there.</returns>
    internal Task<int> CheckAsync(CancellationToken cancellation) => new DrillCheck(Target, Model, Options, Ledger).RunAsync(cancellation);

    private async Task CreateDatabaseAsync(string name, CancellationToken cancellation) =>
        Target.DatabaseId = await Target.Client.CreateDatabaseAsync(
            new DatabaseDefinition { Name = name, VectorDimension = DrillVectors.Dimension, Metric = "euclidean", Sharding = new Sharding { NumShards = Options.Shards } }, cancellation);

    public void Dispose()
    {
        Target.Dispose();
        _end.Dispose();
    }
}
