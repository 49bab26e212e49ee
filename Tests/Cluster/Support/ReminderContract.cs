using System.Diagnostics;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Clustering;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace JadeVector.Tests.Cluster.Support;

/// <summary>What Orleans' reminder service asks of the place where reminders are kept, through Orleans' own providers; and what the product does with it.</summary>
public abstract class ReminderContract
{
    private static readonly DateTime First = new(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc);

    /// <summary>Detection of the dead silo and the reminder's period, on a machine that does much else.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _service = Guid.NewGuid().ToString("N");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_entry_comes_back_as_it_went_and_has_another_version_after_each_change()
    {
        var table = await TableAsync(_service);
        var first = await table.UpsertRow(Entry("a"));
        var changed = Entry("a");
        (changed.StartAt, changed.Period) = (First.AddDays(1), TimeSpan.FromDays(30));
        var second = await table.UpsertRow(changed);
        Assert.NotEqual(first, second);
        Assert.Null(await table.ReadRow(Entry("a").GrainId, "another"));
        Assert.Null(await table.ReadRow(Entry("b").GrainId, changed.ReminderName));
        var read = await table.ReadRow(changed.GrainId, changed.ReminderName);
        Assert.Equal(
            (changed.GrainId, changed.ReminderName, changed.StartAt, changed.Period, second), (read!.GrainId, read.ReminderName, read.StartAt, read.Period, read.ETag));
        Assert.Equal(second, Assert.Single((await table.ReadRows(changed.GrainId)).Reminders).ETag);
    }

    [Fact]
    public async Task A_removal_over_a_version_that_is_old_removes_nothing()
    {
        var table = await TableAsync(_service);
        var entry = Entry("a");
        var old = await table.UpsertRow(entry);
        var now = await table.UpsertRow(entry);
        Assert.False(await table.RemoveRow(entry.GrainId, entry.ReminderName, old!));
        Assert.NotNull(await table.ReadRow(entry.GrainId, entry.ReminderName));
        Assert.True(await table.RemoveRow(entry.GrainId, entry.ReminderName, now!));
        Assert.Null(await table.ReadRow(entry.GrainId, entry.ReminderName));
    }

    [Theory]
    [InlineData(0x40000000u, 0xC0000000u)]
    [InlineData(0x10000000u, 0x70000000u)]
    [InlineData(0x90000000u, 0xF0000000u)]
    public async Task Each_reminder_is_in_one_of_two_ranges_that_make_the_ring(uint one, uint other)
    {
        var table = await TableAsync(_service);
        string[] grains = [.. Enumerable.Range(0, 40).Select(number => $"g{number:00}")];
        await Task.WhenAll(grains.Select(grain => table.UpsertRow(Entry(grain))));
        var (inside, outside) = (await KeysAsync(table, one, other), await KeysAsync(table, other, one));
        Assert.NotEmpty(inside);
        Assert.NotEmpty(outside);
        Assert.Equal(grains, inside.Concat(outside).Order(StringComparer.Ordinal));
        Assert.All(inside, key => Assert.InRange(Entry(key).GrainId.GetUniformHashCode(), one + 1, other));
        Assert.Equal(grains, (await KeysAsync(table, one, one)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Services_in_one_place_do_not_see_each_others_reminders()
    {
        var (one, other) = (await TableAsync(_service), await TableAsync(Guid.NewGuid().ToString("N")));
        await one.UpsertRow(Entry("a"));
        await other.UpsertRow(Entry("b"));
        Assert.Equal(["a"], await KeysAsync(one, 0, 0));
        Assert.Null(await other.ReadRow(Entry("a").GrainId, Entry("a").ReminderName));
    }

    [Fact]
    public async Task Scheduled_snapshots_go_on_after_the_silo_died_that_remembered_them()
    {
        var membership = await MembershipAsync(await ClusterAsync(_service));
        await using var cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 3, configure: silo =>
        {
            silo.Configure<Orleans.Configuration.ClusterOptions>(ids => ids.ServiceId = _service);
            silo.Configure<ReminderOptions>(reminders => reminders.MinimumReminderPeriod = TimeSpan.FromSeconds(1));
            silo.Services.AddSingleton(BackupsPace.Default with { Look = TimeSpan.FromMilliseconds(200), Reminder = TimeSpan.FromSeconds(2) });
            membership.AddRemindersTo(silo);
        });
        var settings = new DatabaseSettings { Name = "kept", Dimension = 2, Metric = SimilarityMetric.Euclidean, ShardCount = 1, Backups = new BackupSchedule { EverySeconds = 1, Keep = 2 } };
        var database = (await cluster.Databases.CreateAsync(settings, Cancellation)).Id;
        await UntilSnapshotAfterAsync(cluster, database, DateTimeOffset.MinValue);

        var remembers = await HostOfBackupsAsync(cluster);
        await cluster.KillAsync(cluster.Silos.Single(silo => silo.SiloAddress.Equals(remembers)));
        await UntilSnapshotAfterAsync(cluster, database, DateTimeOffset.UtcNow);
        Assert.NotEqual(remembers, await HostOfBackupsAsync(cluster));

        await cluster.Databases.DeleteAsync(database, Cancellation);
        await Eventually(async () => await (await TableAsync(_service)).ReadRows(0, 0) is { Reminders.Count: 0 }); // of nothing nobody is reminded
    }

    /// <summary>Options with that service.</summary>
    private protected abstract Task<ClusterOptions> ClusterAsync(string service);

    private protected static ReminderEntry Entry(string grain) =>
        new() { GrainId = GrainId.Create("kind", grain), ReminderName = "a name", StartAt = First, Period = TimeSpan.FromMinutes(1) };

    private static async Task<string[]> KeysAsync(IReminderTable table, uint begin, uint end) =>
        [.. (await table.ReadRows(begin, end)).Reminders.Select(entry => entry.GrainId.Key.ToString()!)];

    private static ValueTask<SiloAddress?> HostOfBackupsAsync(SiloCluster cluster) =>
        cluster.Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(cluster.Grains.GetGrain<IBackupsGrain>(0));

    private static Task UntilSnapshotAfterAsync(SiloCluster cluster, string database, DateTimeOffset time)
    {
        var snapshots = cluster.Client.GetRequiredService<IDatabaseSnapshots>();
        return Eventually(async () => (await snapshots.ListAsync(database, Cancellation)).Any(snapshot => snapshot.IsScheduled && snapshot.CreatedAt > time));
    }

    private static async Task Eventually(Func<Task<bool>> isSo)
    {
        for (var since = Stopwatch.StartNew(); ;)
        {
            try
            {
                if (await isSo())
                    return;
            }
            catch (JadeException refusal) when (since.Elapsed < Patience)
            {
                Assert.NotEqual("not_found", refusal.Code); // the database's own grain may have died, too
            }

            Assert.True(since.Elapsed < Patience, $"It has not happened after {since.Elapsed}.");
        }
    }

    private static async Task<Membership> MembershipAsync(ClusterOptions cluster)
    {
        var membership = Membership.Of(cluster, new StorageOptions());
        await membership.PrepareAsync(new StartRetry(TimeSpan.Zero, TimeProvider.System, TextWriter.Null), CancellationToken.None);
        return membership;
    }

    private async Task<IReminderTable> TableAsync(string service) => await TableAsync(await ClusterAsync(service));

    private protected static async Task<IReminderTable> TableAsync(ClusterOptions cluster)
    {
        var membership = await MembershipAsync(cluster);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo =>
        {
            SiloEndpoints.AddTo(silo, cluster);
            membership.AddTo(silo, cluster);
        });
        var table = builder.Build().Services.GetRequiredService<IReminderTable>();
        await table.StartAsync(Cancellation);
        return table;
    }
}
