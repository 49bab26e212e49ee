using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JadeVector.Hosting.Cluster;

/// <summary>
/// Tells the cluster grain what this node hosts, and keeps the view that comes back where placement and planners find it. Reports go out
/// about once a second and at once when copies or members change, so that a node's death is acted on as soon as membership knows it.
/// When the host stops, the node's copies are handed over before the actor runtime goes.
/// </summary>
internal sealed partial class NodeAgent(
    IGrainFactory grains, ClusterTable table, LocalCopies local, IClusterNodes members, NodeIdentity identity, TimeProvider clock, NodeAgentPace pace,
    ILogger<NodeAgent> logger) : BackgroundService
{
    private volatile bool _draining;

    private IClusterGrain Leader => grains.GetGrain<IClusterGrain>(0);

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        if (members.Members.Any(member => member.IsActive && member.Address != members.LocalAddress))
        {
            await HandOverAsync(cancellationToken);
        }

        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var (seen, changed) = (members.Members, local.Changed);
            await TryReportAsync(stoppingToken);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(changed, members.ChangedFrom(seen, enough.Token), Task.Delay(pace.Period, clock, enough.Token));
            await enough.CancelAsync();
            await Task.Delay(pace.PeriodMin, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TryReportAsync(CancellationToken cancellation)
    {
        try
        {
            await ReportAsync(cancellation);
        }
        catch (Exception problem) when (!cancellation.IsCancellationRequested)
        {
            LogReportFailed(problem); // the leader's node may just have died: the next report finds its successor
        }
        catch (OperationCanceledException)
        {
            return; // the node stops
        }
    }

    private async Task ReportAsync(CancellationToken cancellation)
    {
        var known = table.Current;
        var report = new NodeReport
        {
            Name = identity.Name,
            Address = members.LocalAddress,
            StartedAt = identity.StartedAt,
            Draining = _draining,
            Copies = local.Copies,
        };
        if (await Leader.Report(report, known.Version).WaitAsync(pace.AnswerMax, clock, cancellation) is not { } view)
        {
            return;
        }

        if (view.Version.Term > known.Version.Term && known.Nodes.Count > 0)
        {
            await Leader.Remember(known).WaitAsync(pace.AnswerMax, clock, cancellation);
        }

        table.Put(view);
    }

    /// <summary>A read copy ends here and the leader makes it again where there is a place; there need not be one.</summary>
    private Task LeaveAsync(CopyId copy) => copy.IsOwner
        ? grains.GetGrain<IShardGrain>(copy.ToString()).Move(address: null)
        : grains.GetGrain<IShardReplicaGrain>(copy.ToString()).Close();

    /// <summary>Asks every copy to go elsewhere and waits until they have gone, as long as the host's patience lasts.</summary>
    private async Task HandOverAsync(CancellationToken patience)
    {
        await TryReportAsync(patience); // from now on placement passes this node over
        var copies = local.Copies;
        LogHandingOver(copies.Count);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(patience);
        limit.CancelAfter(pace.HandOverMax);
        try
        {
            await Task.WhenAll(copies.Select(hosted => LeaveAsync(hosted.Copy))).WaitAsync(limit.Token);
            for (var changed = local.Changed; local.Count > 0; changed = local.Changed)
            {
                await changed.WaitAsync(limit.Token);
            }
        }
        catch (Exception problem) when (problem is not OperationCanceledException || limit.IsCancellationRequested)
        {
            LogHandOverEnded(local.Count, problem); // the runtime ends what is left; the next caller opens it elsewhere
        }
    }
}

/// <summary>How often a node reports.</summary>
/// <param name="Period">Without any change.</param>
/// <param name="FollowPeriod">How often a process that hosts nothing asks for the view: nobody tells it of changes.</param>
/// <param name="PeriodMin">Between two reports, however much changes.</param>
/// <param name="AnswerMax">How long the leader's answer is waited for.</param>
/// <param name="HandOverMax">How long a stopping node waits for its copies to be taken over.</param>
internal sealed record NodeAgentPace(TimeSpan Period, TimeSpan FollowPeriod, TimeSpan PeriodMin, TimeSpan AnswerMax, TimeSpan HandOverMax)
{
    public static NodeAgentPace Default { get; } =
        new(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(15));
}
