using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace JadeVector.Grains.Cluster;

/// <summary>
/// The leader: an adapter of <see cref="NodeTable"/> and <see cref="ClusterLeader"/>. Each activation takes a new term with If-Match, so of
/// two that live at once around a membership change the later one has the higher term, and nodes keep the view of the highest.
/// </summary>
[Reentrant]
[KeepAlive]
[GrainType("cluster")]
public sealed partial class ClusterGrain(
    [PersistentState(GrainStateNames.Cluster, GrainStateNames.Storage)] IPersistentState<ClusterRecord> state,
    IClusterNodes members,
    NodeIdentity self,
    DatabaseCache databases,
    TimeProvider clock,
    ClusterPace pace,
    ILogger<ClusterGrain> logger) : Grain, IClusterGrain, ICopies
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private NodeTable _table = null!; // set by OnActivateAsync before the first call
    private ClusterLeader _leader = null!;
    private bool _tidying;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        state.State.Term++;
        await state.WriteStateAsync(cancellationToken);
        _table = new NodeTable(state.State.Term, self.Name);
        _leader = new ClusterLeader(_table, this, pace, clock, (copy, problem) => LogFailed(logger, copy, problem));
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(Period, Period) { Interleave = true, KeepAlive = true });
    }

    /// <inheritdoc/>
    public Task<ClusterView> GetView()
    {
        _table.SetMembers(members.Members);
        return Task.FromResult(_table.View);
    }

    /// <inheritdoc/>
    public Task<ClusterView?> Report(NodeReport report, ViewVersion known)
    {
        if (known.Term > state.State.Term)
        {
            DeactivateOnIdle(); // a later leader exists
            throw new JadeException("fenced", $"This leader's term {state.State.Term} is over: the caller knows term {known.Term}.");
        }

        _table.SetMembers(members.Members);
        _table.Apply(report);
        _leader.Recover();
        return Task.FromResult(_table.View is var view && view.Version != known ? view : null);
    }

    /// <inheritdoc/>
    public Task Remember(ClusterView earlier)
    {
        _table.SetMembers(members.Members);
        _table.Remember(earlier);
        _leader.Recover();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    Task ICopies.WakeAsync(CopyId copy) => copy.IsOwner
        ? GrainFactory.GetGrain<IShardGrain>(copy.ToString()).GetStatus()
        : GrainFactory.GetGrain<IShardReplicaGrain>(copy.ToString()).GetStatus();

    /// <inheritdoc/>
    Task ICopies.MoveAsync(CopyId copy, string address) => copy.IsOwner
        ? GrainFactory.GetGrain<IShardGrain>(copy.ToString()).Move(address)
        : GrainFactory.GetGrain<IShardReplicaGrain>(copy.ToString()).Move(address);

    /// <inheritdoc/>
    Task ICopies.RetireAsync(CopyId copy) => GrainFactory.GetGrain<IShardReplicaGrain>(copy.ToString()).Close();

    /// <inheritdoc/>
    async Task<int> ICopies.ReplicasOfAsync(string databaseId)
    {
        try
        {
            return (await databases.GetAsync(databaseId, CancellationToken.None)).Settings.ReplicationFactor - 1;
        }
        catch (JadeException refusal) when (refusal.Code == "not_found")
        {
            return 0;
        }
    }

    private async Task TickAsync(CancellationToken cancellation)
    {
        _table.SetMembers(members.Members);
        _leader.Recover();
        await TidyAsync();
    }

    private async Task TidyAsync()
    {
        if (_tidying)
        {
            return;
        }

        _tidying = true;
        try
        {
            await _leader.TidyAsync();
        }
        catch (JadeException refusal)
        {
            LogTidyFailed(logger, refusal); // a database's control plane did not answer: the next tick tries again
        }
        finally
        {
            _tidying = false;
        }
    }
}
