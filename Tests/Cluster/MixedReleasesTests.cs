using JadeVector.Engine;
using JadeVector.Hosting;
using JadeVector.Tests.Cluster.Support;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>Silos of two releases over one store.</summary>
public sealed class MixedReleasesTests
{
    private static readonly StorageGenerations Old = new(1, 1, 1);
    private static readonly StorageGenerations New = new(1, 2, 2);

    [Fact]
    public async Task A_silo_that_would_write_what_a_member_cannot_open_does_not_join()
    {
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 1, number => number == 1 ? Old : New);
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => cluster.AddAsync());
        var reason = Assert.IsType<JadeStartException>(refusal.GetBaseException());
        Assert.Contains("Set Jade:Storage:WriteGeneration to 1 until every member runs this release.", reason.Message, StringComparison.Ordinal);
        Assert.Single(cluster.Silos);
    }

    [Fact]
    public async Task One_that_is_told_to_write_the_old_generation_does()
    {
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 1, number => number == 1 ? Old : New.Writing(1));
        await cluster.AddAsync();
        var database = await cluster.CreateDatabaseAsync(shards: 4);
        await cluster.WriteAsync(database, 0, 20);
        Assert.Empty(await cluster.WrongAsync(database, 20));
    }
}
