using System.Net;
using JadeVector.Hosting.Clustering;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Messaging;
using Xunit;

namespace JadeVector.Tests.Cluster.Support;

/// <summary>What Orleans' membership protocol asks of the place where the list of silos is kept, through Orleans' own providers.</summary>
public abstract class MembershipContract
{
    private static readonly DateTime Now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_entry_comes_back_as_it_went()
    {
        var table = await TableAsync();
        var entry = Entry(1);
        Assert.True(await table.InsertRowAsync(entry, (await table.ReadAllAsync(Cancellation)).Version.Next(), Cancellation));
        entry.Status = SiloStatus.Dead;
        entry.AddSuspector(Entry(2).SiloAddress, Now);
        var read = await table.ReadAllAsync(Cancellation);
        Assert.True(await table.UpdateRowAsync(entry, read.Members[0].Item2, read.Version.Next(), Cancellation));
        await table.UpdateIAmAliveAsync(Entry(1, aliveAt: Now.AddMinutes(1)), Cancellation);

        var data = await table.ReadRowAsync(entry.SiloAddress, Cancellation);
        var got = Assert.Single(data.Members).Item1;
        Assert.Equal(2, data.Version.Version);
        Assert.Equal((entry.SiloAddress, "silo-1", "host", SiloStatus.Dead, 30_001), (got.SiloAddress, got.SiloName, got.HostName, got.Status, got.ProxyPort));
        Assert.Equal((Now, Now.AddMinutes(1)), (got.StartTime, got.IAmAliveTime));
        Assert.Equal([Tuple.Create(Entry(2).SiloAddress, Now)], got.SuspectTimes);
        Assert.Empty((await table.ReadRowAsync(Entry(2).SiloAddress, Cancellation)).Members);
    }

    [Fact]
    public async Task A_change_over_a_version_that_is_old_changes_nothing()
    {
        var table = await TableAsync();
        var old = (await table.ReadAllAsync(Cancellation)).Version;
        Assert.True(await table.InsertRowAsync(Entry(1), old.Next(), Cancellation));
        Assert.False(await table.InsertRowAsync(Entry(2), old.Next(), Cancellation));
        Assert.False(await table.UpdateRowAsync(Entry(1, SiloStatus.Dead), (await table.ReadAllAsync(Cancellation)).Members[0].Item2, old.Next(), Cancellation));
        Assert.False(await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync(Cancellation)).Version.Next(), Cancellation)); // is there already
        var data = await table.ReadAllAsync(Cancellation);
        Assert.Equal((1, SiloStatus.Active), (data.Version.Version, Assert.Single(data.Members).Item1.Status));
    }

    [Fact]
    public async Task Of_changes_that_race_one_wins()
    {
        var table = await TableAsync();
        for (var round = 0; round < 5; round++)
        {
            var version = (await table.ReadAllAsync(Cancellation)).Version;
            var won = await Task.WhenAll(Enumerable.Range(round * 10, 10).Select(silo => Task.Run(() => table.InsertRowAsync(Entry(silo), version.Next(), Cancellation))));
            Assert.Single(won, true);
        }

        var data = await table.ReadAllAsync(Cancellation);
        Assert.Equal((5, 5), (data.Version.Version, data.Members.Count));
    }

    [Fact]
    public async Task Clusters_in_one_database_do_not_see_each_other_and_can_be_emptied()
    {
        var (one, other) = (await TableAsync(), await TableAsync());
        await one.InsertRowAsync(Entry(1), (await one.ReadAllAsync(Cancellation)).Version.Next(), Cancellation);
        Assert.Empty((await other.ReadAllAsync(Cancellation)).Members);
        await other.InsertRowAsync(Entry(1), (await other.ReadAllAsync(Cancellation)).Version.Next(), Cancellation);
        await one.InsertRowAsync(Entry(2, SiloStatus.Dead), (await one.ReadAllAsync(Cancellation)).Version.Next(), Cancellation);
        await one.CleanupDefunctSiloEntriesAsync(DateTimeOffset.UtcNow.AddDays(1), Cancellation);
        Assert.Equal(Entry(1).SiloAddress, Assert.Single((await one.ReadAllAsync(Cancellation)).Members).Item1.SiloAddress);
        Assert.Single((await other.ReadAllAsync(Cancellation)).Members);
    }

    [Fact]
    public async Task Clients_find_the_gateways_of_active_silos()
    {
        var cluster = await ClusterAsync();
        var table = await TableAsync(cluster);
        await table.InsertRowAsync(Entry(1), (await table.ReadAllAsync(Cancellation)).Version.Next(), Cancellation);
        await table.InsertRowAsync(Entry(2, SiloStatus.Joining), (await table.ReadAllAsync(Cancellation)).Version.Next(), Cancellation);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleansClient(client => Membership.Of(cluster, new StorageOptions()).AddTo(client, cluster));
        using var host = builder.Build();
        var gateways = host.Services.GetRequiredService<IGatewayListProvider>();
        await gateways.InitializeGatewayListProvider();
        Assert.Equal(30_001, Assert.Single(await gateways.GetGateways()).Port);
    }

    private static MembershipEntry Entry(int silo, SiloStatus status = SiloStatus.Active, DateTime? aliveAt = null) => new()
    {
        SiloAddress = SiloAddress.New(IPAddress.Loopback, 11_000 + silo, 7),
        SiloName = $"silo-{silo}",
        HostName = "host",
        Status = status,
        ProxyPort = 30_000 + silo,
        StartTime = Now,
        IAmAliveTime = aliveAt ?? Now,
    };

    /// <summary>Options of a cluster that no other test has.</summary>
    private protected abstract Task<ClusterOptions> ClusterAsync();

    private async Task<IMembershipTable> TableAsync(ClusterOptions? options = null)
    {
        var cluster = options ?? await ClusterAsync();
        var membership = Membership.Of(cluster, new StorageOptions());
        await membership.PrepareAsync(new StartRetry(TimeSpan.Zero, TimeProvider.System, TextWriter.Null), CancellationToken.None);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            SiloEndpoints.AddTo(silo, cluster);
            membership.AddTo(silo, cluster);
        });
        var table = builder.Build().Services.GetRequiredService<IMembershipTable>();
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, Cancellation);
        return table;
    }
}
