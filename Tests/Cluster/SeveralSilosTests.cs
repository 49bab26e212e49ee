using System.Diagnostics;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Cluster.Support;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>One store, three silos, a client that hosts nothing.</summary>
public sealed class SeveralSilosTests
{
    private const int Shards = 6;
    private const int RowCount = 300;

    /// <summary>Detection of the dead silo and opening of its shards, on a machine that does much else.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_client_reads_and_searches_what_the_silos_hold_together()
    {
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 3);
        var database = await FilledAsync(cluster);
        Assert.Empty(await cluster.WrongAsync(database, RowCount));
        Assert.Equal(["r150", "r149", "r151"], await cluster.NearestAsync(database, 150, 3));
        Assert.Equal(3, (await cluster.Grains.GetGrain<IClusterGrain>(0).GetView()).Nodes.Count(node => node.Status == "active"));
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_silo_was_killed()
    {
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 3);
        var database = await FilledAsync(cluster);
        var host = (await cluster.HostsAsync(database)).First();
        var victim = cluster.Silos.Single(silo => silo.Name == host);
        await cluster.KillAsync(victim);

        Assert.Empty(await Eventually(() => cluster.WrongAsync(database, RowCount)));
        await Eventually(async () =>
        {
            await cluster.WriteAsync(database, RowCount, 50, requestId: "after");
            return true;
        });
        Assert.Empty(await cluster.WrongAsync(database, RowCount + 50));
        Assert.DoesNotContain(victim.Name, await cluster.HostsAsync(database));
    }

    [Fact]
    public async Task Every_silo_can_be_replaced_under_load_without_a_failed_read()
    {
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 3);
        var database = await FilledAsync(cluster);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var reads = 0;
            for (; !stop.IsCancellationRequested; reads++)
                Assert.Empty(await cluster.WrongAsync(database, RowCount));
            return reads;
        })).ToArray();

        foreach (var silo in cluster.Silos)
        {
            await cluster.AddAsync();
            await cluster.StopAsync(silo);
        }

        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 0));
    }

    private static async Task<string> FilledAsync(SiloCluster cluster)
    {
        var database = await cluster.CreateDatabaseAsync(Shards);
        await cluster.WriteAsync(database, 0, RowCount);
        return database;
    }

    /// <summary>Tries again what is refused while a shard has no owner.</summary>
    private static async Task<T> Eventually<T>(Func<Task<T>> attempt)
    {
        for (var since = Stopwatch.StartNew(); ;)
        {
            try
            {
                return await attempt();
            }
            catch (JadeException refusal) when (since.Elapsed < Patience && refusal.Code is not ("not_found" or "invalid_argument" or "shard_damaged"))
            {
                await Task.Yield();
            }
        }
    }
}
