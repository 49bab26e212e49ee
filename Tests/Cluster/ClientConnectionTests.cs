using JadeVector.Cli.Nodes;
using JadeVector.Client;
using JadeVector.Client.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting;
using JadeVector.Tests.Cluster.Support;
using JadeVector.Tests.EndToEnd;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Xunit;
using TemporaryDirectory = JadeVector.Tests.Support.TemporaryDirectory;

namespace JadeVector.Tests.Cluster;

/// <summary>How a client without HTTP comes to its cluster, and stays with it.</summary>
public sealed class ClientConnectionTests
{
    [Fact]
    public async Task A_client_connects_over_sockets_by_itself_or_with_its_host()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var gateway = node.Services.GetRequiredService<IOptions<EndpointOptions>>().Value.GatewayPort;
        string id;
        await using (var alone = await JadeClusterClient.ConnectAsync(new JadeClusterClientOptions { GatewayPorts = { gateway } }))
        {
            id = await alone.CreateDatabaseAsync(new DatabaseDefinition { Name = "first", VectorDimension = 2 });
            await alone.UpsertAsync(id, new VectorInput { Id = "a", Values = [1, 2] });
        }

        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddJadeClusterClient(options => options.GatewayPorts.Add(gateway));
        using var host = builder.Build();
        var client = host.Services.GetRequiredService<IJadeClient>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync(id, "a"));
        Assert.False(await client.IsReadyAsync());
        await host.StartAsync();
        Assert.Equal((float[])[1, 2], (await client.GetAsync(id, "a"))!.Values!);
        Assert.True(await client.IsReadyAsync());
        await host.StopAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetAsync(id, "a"));
    }

    [Fact]
    public async Task A_cluster_that_is_not_there_is_named_in_good_time()
    {
        var options = new JadeClusterClientOptions { ClusterId = "nowhere", GatewayPorts = { FreePorts.Take(1)[0] }, ConnectTimeout = TimeSpan.FromSeconds(1) };
        var problem = await Assert.ThrowsAsync<JadeStartException>(() => JadeClusterClient.ConnectAsync(options));
        Assert.StartsWith("No silo of cluster 'nowhere' could be reached", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Limits:TopKay", "5")]
    [InlineData("Limits:TopK", "0")]
    public async Task A_setting_that_is_wrong_stops_the_start(string name, string value)
    {
        var options = new JadeClusterClientOptions { GatewayPorts = { FreePorts.Take(1)[0] }, Settings = { [name] = value } };
        var problem = await Assert.ThrowsAnyAsync<Exception>(() => JadeClusterClient.ConnectAsync(options));
        Assert.Contains(name.Split(':')[^1], problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_goes_on_when_a_silo_dies()
    {
        const int Rows = 120;
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 3);
        await using var clients = await TwoClients.OverAsync(cluster);
        var direct = clients[Way.Direct];
        var id = await direct.CreateDatabaseAsync(
            new DatabaseDefinition { Name = "survivor", VectorDimension = 2, Metric = "euclidean", Sharding = new Sharding { NumShards = 6 } });
        await direct.UpsertAsync(id, [.. Enumerable.Range(0, Rows).Select(row => new VectorInput { Id = $"r{row}", Values = [row, 1] })]);
        var hosts = (await direct.GetDatabaseStatusAsync(id)).Shards.Select(shard => shard.Node).ToHashSet();
        await cluster.KillAsync(cluster.Silos.First(silo => hosts.Contains(silo.Name)));

        // One call each, without a retry of the caller's: the client knows by itself where the shards go.
        var receipt = await direct.UpsertAsync(id, [.. Enumerable.Range(0, Rows).Select(row => new VectorInput { Id = $"s{row}", Values = [row, 2] })]);
        Assert.Equal((Rows, 0), (receipt.Inserted, receipt.Errors.Count));
        foreach (var way in new[] { Way.Direct, Way.Http })
        {
            var found = await clients[way].GetAsync(id, [.. Enumerable.Range(0, Rows).Select(row => $"r{row}")]);
            Assert.Equal(Enumerable.Range(0, Rows).Select(row => (float)row), found.Select(vector => vector!.Values![0]));
            var near = await clients[way].SearchAsync(id, new SearchRequest { QueryVector = [60, 1], TopK = 3 });
            Assert.Equal(["r60", "r59", "r61"], near.Results.Select(result => result.Id));
        }
    }

    [Fact]
    public async Task When_all_silos_have_gone_every_request_is_told_so()
    {
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 1);
        await using var clients = await TwoClients.OverAsync(cluster, timeout: TimeSpan.FromSeconds(2));
        var id = await clients[Way.Direct].CreateDatabaseAsync(new DatabaseDefinition { Name = "alone", VectorDimension = 2 });
        await clients[Way.Direct].UpsertAsync(id, new VectorInput { Id = "a", Values = [1, 2] });
        await cluster.KillAsync(cluster.Silos.Single());

        foreach (var way in new[] { Way.Direct, Way.Http })
        {
            var client = clients[way];
            Func<Task>[] reads =
            [
                () => client.ListDatabasesAsync(), () => client.FindDatabaseAsync("alone"), () => client.GetAsync(id, "a"),
                () => client.SearchAsync(id, new SearchRequest { QueryVector = [1, 2] }), () => client.CreateSnapshotAsync(id),
            ];
            foreach (var read in reads)
                Assert.Contains((await Assert.ThrowsAsync<JadeApiException>(read)).Code, new[] { "cluster_unavailable", "deadline_exceeded" });
            var write = await Assert.ThrowsAsync<JadeApiException>(() => client.UpsertAsync(id, new VectorInput { Id = "a", Values = [1, 3] }));
            Assert.Equal("outcome_unknown", write.Code);
        }

        var view = cluster.Client.GetRequiredService<IClusterInfo>().GetViewAsync(TestContext.Current.CancellationToken);
        Assert.Equal("cluster_unavailable", (await Assert.ThrowsAsync<JadeException>(() => view)).Code);
    }
}
