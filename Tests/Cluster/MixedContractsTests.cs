using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Cluster.Support;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.TestingHost;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>Silos and callers of two versions of the shard's contract in one cluster.</summary>
public sealed class MixedContractsTests
{
    private const int RowCount = 40;

    [Fact]
    public async Task An_older_caller_is_served_by_all_and_a_newer_one_by_newer_silos_alone()
    {
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 2, contracts: process => process == 2 ? (ushort)2 : (ushort)1);
        var database = await cluster.CreateDatabaseAsync(shards: 8);
        await cluster.WriteAsync(database, 0, RowCount);
        Assert.Equal(2, (await cluster.HostsAsync(database)).Distinct().Count());
        Assert.Empty(await cluster.WrongAsync(database, RowCount));

        // The newer silo is itself a newer caller: where the older one hosts a shard that it asks for, that one gives it up.
        var newer = SiloOf(cluster, version: 2);
        Assert.Equal(Enumerable.Range(0, RowCount).Select(Rows.ValuesOf), await ValuesAsync(newer, database));
        var status = await newer.ServiceProvider.GetRequiredService<IDatabaseCatalog>().GetStatusAsync(database, CancellationToken.None);
        Assert.All(status.Shards, shard => Assert.Equal((null, newer.Name), (shard.Error, shard.Node)));
        Assert.Equal(RowCount, status.VectorCount);
        Assert.Empty(await cluster.WrongAsync(database, RowCount));
    }

    [Fact]
    public async Task A_newer_caller_is_refused_with_its_version_where_no_newer_silo_is_left_and_nothing_is_harmed()
    {
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 2, contracts: process => process == 1 ? (ushort)1 : (ushort)2);
        var database = await cluster.CreateDatabaseAsync(shards: 4);
        await cluster.WriteAsync(database, 0, RowCount);
        Assert.Empty(await cluster.WrongAsync(database, RowCount));
        await cluster.StopAsync(SiloOf(cluster, version: 2));

        var query = new SearchQuery { Query = Rows.ValuesOf(0), TopK = 1, Read = new ReadOptions { Deadline = Rows.In(3) } };
        var read = await Assert.ThrowsAsync<JadeException>(() => cluster.Planner.SearchAsync(database, query, CancellationToken.None));
        Assert.Equal("cluster_unavailable", read.Code);
        Assert.Matches("No active nodes are compatible with grain .*IShardGrain.* version 2", read.Message);
        VectorWrite[] items = [new() { Kind = WriteKind.Upsert, Id = "r0", Values = Rows.ValuesOf(1) }];
        var write = await Assert.ThrowsAsync<JadeException>(
            () => cluster.Vectors.WriteAsync(database, items, new WriteOptions { Deadline = Rows.In(3) }, CancellationToken.None));
        Assert.Contains("version 2", write.Message, StringComparison.Ordinal);

        // The older silo has the shards now, for callers of its own age, and the refused write did not happen.
        Assert.Equal(Enumerable.Range(0, RowCount).Select(Rows.ValuesOf), await ValuesAsync(cluster.Silos.Single(), database));
    }

    /// <summary>What that silo, as a caller, reads of all rows.</summary>
    private static async Task<IEnumerable<byte[]?>> ValuesAsync(InProcessSiloHandle caller, string database)
    {
        string[] ids = [.. Enumerable.Range(0, RowCount).Select(row => $"r{row}")];
        var store = caller.ServiceProvider.GetRequiredService<IVectorStore>();
        return (await store.GetAsync(database, ids, new ReadOptions { Deadline = Rows.In(60) }, CancellationToken.None)).Select(vector => vector?.Values);
    }

    /// <summary>The silo whose own calls are of that version.</summary>
    private static InProcessSiloHandle SiloOf(SiloCluster cluster, ushort version) => cluster.Silos.Single(
        silo => silo.ServiceProvider.GetServices<IGrainInterfacePropertiesProvider>().OfType<ShardContract>().Single().Version == version);
}
