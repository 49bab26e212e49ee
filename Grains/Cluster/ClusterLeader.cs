using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Cluster;

/// <summary>What a leader asks of copies of shards.</summary>
internal interface ICopies
{
    /// <summary>Returns when the copy is open somewhere.</summary>
    /// <exception cref="JadeException"><c>gone</c> or <c>not_found</c>: there is no such copy any more.</exception>
    Task WakeAsync(CopyId copy);

    /// <summary>Asks the copy to go to that node; returns before it is there.</summary>
    Task MoveAsync(CopyId copy, string address);

    /// <summary>Ends a read copy that has no place.</summary>
    Task RetireAsync(CopyId copy);

    /// <summary>How many read copies each shard of the database should have; 0 when there is no such database.</summary>
    Task<int> ReplicasOfAsync(string databaseId);
}

/// <summary>The leader's pace.</summary>
/// <param name="Settle">No copy is moved for this long after a node joined, left or died: loads and membership need to settle.</param>
/// <param name="MoveTimeLimit">A move that is not reported done by then is given up, and the copy left alone for as long.</param>
public sealed record ClusterPace(TimeSpan Settle, TimeSpan MoveTimeLimit)
{
    public static ClusterPace Default { get; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15));
}

/// <summary>
/// Brings the copies of shards to where they belong: those of dead nodes are woken elsewhere at once, missing read copies are made,
/// and one copy at a time moves to a less loaded node. A plain object over a <see cref="NodeTable"/>; not safe for several threads,
/// but its waits may interleave.
/// </summary>
internal sealed class ClusterLeader(NodeTable table, ICopies copies, ClusterPace pace, TimeProvider clock, Action<CopyId, Exception> failed)
{
    private readonly HashSet<CopyId> _waking = [];
    private readonly Dictionary<CopyId, long> _movedAt = [];
    private CopyMove? _move;
    private int _membershipSeen = -1;
    private long _membershipAt;

    /// <summary>Starts to wake what dead nodes hosted, all at once; nobody needs to ask for it first.</summary>
    public void Recover()
    {
        foreach (var copy in table.Lost.Where(copy => !_waking.Contains(copy)).ToList())
        {
            // A lost read copy is made again by MakeReplicas, which knows whether it has a place.
            if (copy.IsOwner)
            {
                Start(copy, copies.WakeAsync(copy));
            }
            else
            {
                table.Settle(copy);
            }
        }
    }

    /// <summary>One round of what can wait: read copies, then at most one move.</summary>
    public async Task TidyAsync()
    {
        if (table.MembershipChanges != _membershipSeen)
        {
            _membershipSeen = table.MembershipChanges;
            _membershipAt = clock.GetTimestamp();
        }

        await MakeReplicasAsync();
        EndMove();
        if (_move is null && table.Lost.Count == 0 && clock.GetElapsedTime(_membershipAt) >= pace.Settle)
        {
            await MoveNextAsync();
        }
    }

    private async Task MakeReplicasAsync()
    {
        var owners = table.View.Nodes.Where(node => node.IsActive).SelectMany(node => node.Copies).Select(hosted => hosted.Copy).Where(copy => copy.IsOwner).ToList();
        var wanted = new List<CopyId>();
        foreach (var database in owners.GroupBy(copy => copy.DatabaseId))
        {
            var replicas = await copies.ReplicasOfAsync(database.Key);
            wanted.AddRange(database.SelectMany(owner => Enumerable.Range(1, replicas).Select(n => owner with { Replica = n })));
        }

        var view = table.View; // after the waits above: what was reported meanwhile counts
        ClusterNode[] open = [.. view.Nodes.Where(node => node.IsOpen)];
        var present = view.Nodes.Where(node => node.IsActive).SelectMany(node => node.Copies).Select(hosted => hosted.Copy).ToHashSet();
        var unplaced = new List<CopyId>();
        foreach (var copy in wanted.Where(copy => !present.Contains(copy) && !_waking.Contains(copy)))
        {
            if (PlacementRules.Choose(copy, open, _ => 0) is null)
            {
                unplaced.Add(copy);
            }
            else
            {
                Start(copy, copies.WakeAsync(copy));
            }
        }

        table.SetUnplaced(unplaced);
    }

    /// <summary>Forgets a move that has arrived or takes too long.</summary>
    private void EndMove()
    {
        if (_move is not { } move)
        {
            return;
        }

        var arrived = move.To is null || table.View.Nodes.Any(node => node.Address == move.To.Address && node.Copies.Any(hosted => hosted.Copy == move.Copy));
        if (arrived || clock.GetElapsedTime(_movedAt[move.Copy]) >= pace.MoveTimeLimit)
        {
            _move = null;
        }
    }

    private async Task MoveNextAsync()
    {
        if (Rebalance.Next(table.View, MayMove) is not { } move)
        {
            return;
        }

        _move = move;
        _movedAt[move.Copy] = clock.GetTimestamp();
        try
        {
            await (move.To is null ? copies.RetireAsync(move.Copy) : copies.MoveAsync(move.Copy, move.To.Address));
        }
        catch (Exception problem)
        {
            failed(move.Copy, problem);
            _move = null;
        }
    }

    private bool MayMove(CopyId copy)
    {
        if (_movedAt.TryGetValue(copy, out var at) && clock.GetElapsedTime(at) < pace.MoveTimeLimit)
        {
            return false;
        }

        _movedAt.Remove(copy);
        return true;
    }

    private void Start(CopyId copy, Task waking)
    {
        _waking.Add(copy);
        _ = Finish(copy, waking);
    }

    private async Task Finish(CopyId copy, Task waking)
    {
        try
        {
            await waking;
            table.Settle(copy);
        }
        catch (JadeException refusal) when (refusal.Code is "gone" or "not_found" or "shard_damaged" or "store_rolled_back")
        {
            table.Settle(copy); // it cannot be woken: whoever asks for it is told why
        }
        catch (Exception problem)
        {
            failed(copy, problem); // stays lost: the next round tries again
        }
        finally
        {
            _waking.Remove(copy);
        }
    }
}
