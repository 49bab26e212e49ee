using System.Collections.Concurrent;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>
/// Calls the copies of a shard on behalf of one process. Reads go to the copy that serves them best and on to the next when it fails or
/// takes too long; writes go to the owner, again and again with their request id while the deadline allows, until it is known what became of them.
/// </summary>
public sealed class ShardRouter(IGrainFactory grains, IClusterTable table, NodeIdentity node, TimeProvider clock)
{
    /// <summary>A copy that has not answered for this part of the time left gets company.</summary>
    private const int PatienceDivisor = 4;

    private const int OwnersMax = 10_000;
    private const int RoundsMax = 64; // for calls without a deadline

    private static readonly TimeSpan PatienceMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LostAfter = TimeSpan.FromSeconds(4); // doubles with each try: more than a healthy shard needs
    private static readonly TimeSpan LookPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1); // timers count whole ones: less would be no wait at all
    private static readonly TimeSpan RetryPauseFirst = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan RetryPauseMax = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<CopyId, IShardGrain> _owners = new();
    private readonly CopySuspicions _suspicions = new(clock);
    private int _rotation;

    /// <summary>Kept: to make a reference, the runtime looks up how the interface is called, which takes as long as to send a call.</summary>
    internal IShardGrain Owner(string databaseId, int shard)
    {
        var owner = new CopyId(databaseId, shard, 0);
        if (_owners.TryGetValue(owner, out var known))
        {
            return known;
        }

        if (_owners.Count >= OwnersMax)
        {
            _owners.Clear();
        }

        return _owners[owner] = grains.GetGrain<IShardGrain>(owner.ToString());
    }

    /// <summary>The grain of a read copy, if a node reports to host it.</summary>
    internal IShardReplicaGrain? Replica(CopyId copy) => table.HostOf(copy) is null ? null : grains.GetGrain<IShardReplicaGrain>(copy.ToString());

    /// <summary>Reads from one copy or another.</summary>
    /// <exception cref="JadeException">None could answer in time, or the first that could refused the request itself.</exception>
    internal Task<T> ReadAsync<TArgument, T>(
        DatabaseDescription database, int shard, ReadOptions options, TArgument argument, Func<IShardReads, TArgument, Task<T>> call, CancellationToken cancellation)
    {
        if (database.Settings.ReplicationFactor > 1)
        {
            var owner = new CopyId(database.Id, shard, 0);
            var replicas = new List<CopyId>(database.Settings.ReplicationFactor - 1);
            for (var number = 1; number < database.Settings.ReplicationFactor; number++)
            {
                if (table.HostOf(owner with { Replica = number }) is not null)
                {
                    replicas.Add(owner with { Replica = number });
                }
            }

            if (replicas.Count > 0)
            {
                return RaceAsync(Order(owner, replicas, options.Consistency), options.Deadline, argument, call, cancellation);
            }
        }

        return PersistAsync(new CopyId(database.Id, shard, 0), options.Deadline, Owner(database.Id, shard), argument, call, ShardProblems.Read, cancellation);
    }

    /// <summary>Writes. Whatever is thrown says what is known: <c>outcome_unknown</c> unless nothing can have been written.</summary>
    internal Task<ShardWriteReply> WriteAsync(string databaseId, int shard, ShardWrite write, CancellationToken cancellation) =>
        PersistAsync(new CopyId(databaseId, shard, 0), write.Deadline, Owner(databaseId, shard), write, static (owner, asked) => owner.Write(asked), ShardProblems.Write, cancellation);

    /// <summary>Asks one grain until it answers or refuses for good. The request is repeated as it is: a write carries its request id.</summary>
    private async Task<T> PersistAsync<TGrain, TArgument, T>(
        CopyId copy, DateTimeOffset deadline, TGrain grain, TArgument argument, Func<TGrain, TArgument, Task<T>> call, ShardProblems problems, CancellationToken cancellation)
    {
        JadeException? unknown = null, earlier = null;
        for (var round = 0; ; round++)
        {
            try
            {
                return await WhileHosted(copy, call(grain, argument), LostAfter * (1 << Math.Min(round, 4)), deadline, cancellation);
            }
            catch (Exception problem)
            {
                cancellation.ThrowIfCancellationRequested();
                var refusal = problems.Translate(problem, copy.Shard);
                unknown ??= refusal.Code == ShardProblems.OutcomeUnknown ? refusal : null;
                if (!problems.IsWorthARetry(refusal) || !await PauseAsync(round, deadline, cancellation))
                {
                    // That a later try did not write says nothing about an earlier one; and why one failed says more than that time was short.
                    throw ShardProblems.IsOfRequest(refusal) ? refusal : unknown ?? (refusal.Code == "deadline_exceeded" ? earlier : null) ?? refusal;
                }

                earlier = refusal;
            }
        }
    }

    /// <summary>
    /// Waits for an answer as long as the node that was asked hosts the copy. The runtime lets a call to a dead node run into its time-out;
    /// the view of the cluster knows sooner. Nor does it tell a client that the gateway went which should have passed the answer on: what
    /// has not come in good time is asked for again.
    /// </summary>
    /// <param name="patience">After which an answer counts as lost.</param>
    /// <exception cref="OrleansException">The copy is elsewhere, or nowhere, by now, or the answer is lost.</exception>
    /// <exception cref="TimeoutException">The deadline has passed.</exception>
    private async Task<T> WhileHosted<T>(CopyId copy, Task<T> answer, TimeSpan patience, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var since = clock.GetTimestamp();
        var asked = table.HostOf(copy)?.Address;
        while (!answer.IsCompleted)
        {
            try
            {
                return await answer.WaitAsync(Min(LookPause, Max(ShortestWait, Left(deadline))), clock, cancellation);
            }
            catch (TimeoutException) when (!answer.IsCompleted && Left(deadline) > TimeSpan.Zero)
            {
                if (asked is not null && table.HostOf(copy)?.Address != asked)
                {
                    throw new OrleansException($"The node that was asked does not host shard {copy} any more.");
                }

                if (clock.GetElapsedTime(since) >= patience)
                {
                    throw new OrleansException($"Shard {copy} has not answered within {patience.TotalSeconds:0} s.");
                }

                asked ??= table.HostOf(copy)?.Address;
            }
        }

        return await answer;
    }

    /// <summary>Asks one copy after the other, the next also beside one that takes too long; the first answer counts.</summary>
    private async Task<T> RaceAsync<TArgument, T>(
        CopyId[] order, DateTimeOffset deadline, TArgument argument, Func<IShardReads, TArgument, Task<T>> call, CancellationToken cancellation)
    {
        var running = new List<(CopyId Copy, Task<T> Answer)>(order.Length);
        JadeException? first = null;
        for (int next = 0, round = 0; ;)
        {
            if (next < order.Length)
            {
                running.Add((order[next], WhileHosted(order[next], Start(order[next], argument, call), LostAfter * (1 << Math.Min(round, 4)), deadline, cancellation)));
                next++;
            }

            var ended = await FirstAsync(running, next < order.Length ? Patience(deadline) : Timeout.InfiniteTimeSpan, cancellation);
            if (ended < 0)
            {
                _suspicions.Suspect(running[^1].Copy);
                continue;
            }

            var (asked, answer) = running[ended];
            running.RemoveAt(ended);
            try
            {
                var result = await answer;
                _suspicions.Clear(asked);
                return result;
            }
            catch (Exception problem)
            {
                var refusal = ShardProblems.Read.Translate(problem, asked.Shard);
                if (ShardProblems.IsOfRequest(refusal))
                {
                    throw refusal;
                }

                _suspicions.Suspect(asked);
                first ??= refusal;
            }

            if (running.Count == 0 && next == order.Length)
            {
                if (!await PauseAsync(round++, deadline, cancellation))
                {
                    throw first;
                }

                (next, first) = (0, null);
            }
        }
    }

    private Task<T> Start<TArgument, T>(CopyId copy, TArgument argument, Func<IShardReads, TArgument, Task<T>> call)
    {
        try
        {
            return call(
                copy.IsOwner ? Owner(copy.DatabaseId, copy.Shard) : grains.GetGrain<IShardReplicaGrain>(copy.ToString()), argument);
        }
        catch (Exception problem) when (problem is OrleansException or IOException)
        {
            return Task.FromException<T>(problem); // some hosts throw where the call is made
        }
    }

    /// <returns>Which has ended; -1 when none did within the patience.</returns>
    private async Task<int> FirstAsync<T>(List<(CopyId Copy, Task<T> Answer)> running, TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            var any = running.Count == 1 ? (Task)running[0].Answer : Task.WhenAny(running.ConvertAll(call => call.Answer));
            await any.WaitAsync(patience, clock, cancellation);
        }
        catch (TimeoutException) when (!running.Exists(call => call.Answer.IsCompleted))
        {
            return -1;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested && running.Exists(call => call.Answer.IsCompleted))
        {
            // Its own failure: whoever takes the answer sees it.
        }

        return running.FindIndex(call => call.Answer.IsCompleted);
    }

    /// <summary>
    /// The order in which copies are asked: for eventual reads the one in this process first, then in turn; for others the owner first.
    /// Last come those that have just failed, and an owner that no node reports to host.
    /// </summary>
    private CopyId[] Order(CopyId owner, List<CopyId> replicas, Consistency consistency)
    {
        var copies = new CopyId[replicas.Count + 1];
        var turn = Interlocked.Increment(ref _rotation) & int.MaxValue;
        if (consistency == Consistency.Eventual)
        {
            for (var i = 0; i < copies.Length; i++)
            {
                var at = (turn + i) % copies.Length;
                copies[i] = at == 0 ? owner : replicas[at - 1];
            }

            MoveToFront(copies, Array.FindIndex(copies, copy => table.HostOf(copy)?.Name == node.Name));
        }
        else
        {
            copies[0] = owner;
            for (var i = 1; i < copies.Length; i++)
            {
                copies[i] = replicas[(turn + i) % replicas.Count];
            }
        }

        var good = 0;
        for (var i = 0; i < copies.Length; i++)
        {
            var lost = copies[i].IsOwner && table.HostOf(owner) is null;
            if (!lost && !_suspicions.IsSuspect(copies[i], first: good == 0))
            {
                (copies[good], copies[i]) = (copies[i], copies[good]);
                good++;
            }
        }

        return copies;
    }

    private static void MoveToFront(CopyId[] copies, int index)
    {
        if (index > 0)
        {
            (copies[0], copies[index]) = (copies[index], copies[0]);
        }
    }

    private TimeSpan Patience(DateTimeOffset deadline) => Min(PatienceMax, Left(deadline) / PatienceDivisor);

    private TimeSpan Left(DateTimeOffset deadline)
    {
        var left = deadline - clock.GetUtcNow();
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>Pauses before the next try: not before the second, as it finds the shard where it has moved; then longer and longer.</summary>
    /// <returns>False when there is no time for another.</returns>
    private async Task<bool> PauseAsync(int round, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var pause = round == 0 ? TimeSpan.Zero : RetryPauseFirst * Math.Pow(2, Math.Min(round - 1, 10));
        pause = Min(pause, RetryPauseMax);
        if (round >= RoundsMax || deadline - clock.GetUtcNow() <= pause)
        {
            return false;
        }

        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, clock, cancellation);
        }

        return true;
    }
}
