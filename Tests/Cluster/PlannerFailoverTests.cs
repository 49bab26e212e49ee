using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Cluster.Support;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>A silo dies while it works on searches.</summary>
public sealed class PlannerFailoverTests
{
    private const int Shards = 8;
    private const int RowCount = 200;
    private const int Searches = 16;

    /// <summary>Detection of the dead silo and opening of its shards, on a machine that does much else.</summary>
    private const int DeadlineSeconds = 60;

    /// <summary>Well below the detection.</summary>
    private const int ShortDeadlineSeconds = 1;

    [Fact]
    public async Task Every_search_that_was_under_way_is_answered_whole_and_in_time()
    {
        using var store = new SimulatedBlobStore();
        await using var cluster = await SiloCluster.StartAsync(store, silos: 3);
        var database = await FilledAsync(cluster);
        var victim = (await cluster.HostsAsync(database))[0];
        using var gate = new ShardGate(store, database, shard: 0);

        // Strong reads ask the store before they answer: shard 0 has taken these searches and cannot answer them.
        var deadline = Rows.In(DeadlineSeconds);
        var searches = Enumerable.Range(0, Searches).Select(row => SearchAsync(cluster, database, row, deadline)).ToArray();
        await gate.Reached;
        await cluster.KillAsync(cluster.Silos.Single(silo => silo.Name == victim));
        gate.Open();

        var replies = await Task.WhenAll(searches);
        Assert.True(DateTimeOffset.UtcNow < deadline);
        for (var row = 0; row < Searches; row++)
        {
            Assert.Empty(replies[row].MissingShards);
            Assert.Equal(Nearest(row, _ => true), replies[row].Hits.Select(hit => hit.Id));
            Assert.DoesNotContain(replies[row].Shards, shard => shard.Shard == 0 && shard.Node == victim);
        }
    }

    [Fact]
    public async Task What_cannot_be_had_in_time_is_refused_or_named_and_never_just_left_out()
    {
        using var store = new SimulatedBlobStore();
        await using var cluster = await SiloCluster.StartAsync(store, silos: 3);
        var database = await FilledAsync(cluster);
        var hosts = await cluster.HostsAsync(database);
        using var gate = new ShardGate(store, database, shard: 0);
        var whole = SearchAsync(cluster, database, 0, Rows.In(ShortDeadlineSeconds));
        var partial = SearchAsync(cluster, database, 0, Rows.In(ShortDeadlineSeconds), allowPartial: true);
        await gate.Reached;
        await cluster.KillAsync(cluster.Silos.Single(silo => silo.Name == hosts[0]));

        var refusal = await Assert.ThrowsAsync<JadeException>(() => whole);
        Assert.True(refusal.Code is "deadline_exceeded" or "cluster_unavailable", refusal.ToString());
        var reply = await partial;
        Assert.Contains(0, reply.MissingShards);
        var map = (await cluster.Databases.GetAsync(database, CancellationToken.None)).ShardMap;
        Assert.Equal(Nearest(0, row => !reply.MissingShards.Contains(ShardMaps.ShardOf(map, $"r{row}"))), reply.Hits.Select(hit => hit.Id));
        Assert.Equal(Enumerable.Range(0, Shards).Except(reply.MissingShards), reply.Shards.Select(shard => shard.Shard));
        gate.Open();
    }

    private static async Task<string> FilledAsync(SiloCluster cluster)
    {
        var database = await cluster.CreateDatabaseAsync(Shards);
        await cluster.WriteAsync(database, 0, RowCount);
        return database;
    }

    /// <summary>Asks for every row, so that none can be missed without a trace.</summary>
    private static Task<SearchReply> SearchAsync(SiloCluster cluster, string database, int row, DateTimeOffset deadline, bool allowPartial = false)
    {
        var read = new ReadOptions { Consistency = Consistency.Strong, Deadline = deadline };
        var query = new SearchQuery { Query = Rows.ValuesOf(row), TopK = RowCount, Exact = true, AllowPartial = allowPartial, Read = read };
        return cluster.Planner.SearchAsync(database, query, CancellationToken.None);
    }

    /// <summary>The obvious answer: all rows that are counted, by distance, then by id.</summary>
    private static IEnumerable<string> Nearest(int row, Func<int, bool> counts) => Enumerable.Range(0, RowCount).Where(counts)
        .OrderBy(other => Square(other - row) + Square((other % 7) - (row % 7)) + Square((other % 11) - (row % 11)))
        .ThenBy(other => $"r{other}", StringComparer.Ordinal)
        .Select(other => $"r{other}");

    private static int Square(int number) => number * number;

    /// <summary>Holds whatever is asked of the store for one shard, until it is opened.</summary>
    private sealed class ShardGate : IDisposable
    {
        private readonly SimulatedBlobStore _store;
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ShardGate(SimulatedBlobStore store, string database, int shard)
        {
            _store = store;
            store.OnBefore = (_, name) =>
            {
                if (!name.StartsWith($"databases/{database}/shards/{shard}/", StringComparison.Ordinal))
                    return Task.CompletedTask;
                _reached.TrySetResult();
                return _open.Task;
            };
        }

        /// <summary>Ends when something waits.</summary>
        public Task Reached => _reached.Task;

        public void Open()
        {
            _store.OnBefore = null;
            _open.TrySetResult();
        }

        public void Dispose() => Open();
    }
}
