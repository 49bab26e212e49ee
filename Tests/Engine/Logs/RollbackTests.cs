using JadeVector.Engine;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>A store that goes back behind what it has acknowledged, to a state that is as whole as any: whoever has seen more refuses it.</summary>
public sealed class RollbackTests
{
    [Fact]
    public async Task Owner_notices_when_it_verifies_and_whoever_opens_the_shard_on_that_node_afterwards()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var before = bench.Store.Remember();
        await bench.AppendAsync(log, "b");
        bench.Store.RollBack(before);

        await RolledBackAsync(() => log.VerifyOwnershipAsync(bench.Soon, default));
        await RolledBackAsync(bench.OpenAndReplayAsync);
        Assert.Equal(["a"], await bench.ContentAsync()); // nobody else can know
    }

    [Fact]
    public async Task Owner_notices_when_it_writes_and_goes_on_refusing()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var before = bench.Store.Remember();
        await bench.AppendAsync(log, "b");
        bench.Store.RollBack(before);

        await RolledBackAsync(() => bench.AppendAsync(log, "c"));
        await RolledBackAsync(() => bench.AppendAsync(log, "c"));
        await RolledBackAsync(bench.OpenAndReplayAsync);
    }

    [Fact]
    public async Task Write_of_unknown_outcome_stays_unknown_and_the_next_is_refused()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var before = bench.Store.Remember();
        await bench.AppendAsync(log, "b");
        bench.Store.Fail(BlobOperation.Append, "log/", BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(AppendOutcome.OutcomeUnknown, await bench.AppendAsync(log, "c"));
        bench.Store.ForgetFaults();
        bench.Store.RollBack(before);

        Assert.Equal(AppendOutcome.Unavailable, await bench.AppendAsync(log, "d"));
        await RolledBackAsync(() => bench.AppendAsync(log, "d"));
    }

    [Fact]
    public async Task Older_manifest_is_noticed_by_its_owner_and_never_replaced()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var before = bench.Store.Remember();
        var (_, boundary) = await log.RollAsync(bench.Soon, default);
        await log.InstallCheckpointAsync(new CheckpointEdit([], null, boundary!, 1), bench.Soon, default);
        bench.Store.RollBack(before);

        await RolledBackAsync(() => log.VerifyOwnershipAsync(bench.Soon, default));
        await RolledBackAsync(() => log.InstallCheckpointAsync(new CheckpointEdit([], null, boundary!, 2), bench.Soon, default));
        await RolledBackAsync(bench.OpenAsync);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // the store goes back between an attempt that fails and the next
    public async Task Manifest_never_names_a_segment_that_the_store_lost_before_it_stood(bool whileTrying)
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var (_, boundary) = await log.RollAsync(bench.Soon, default);
        var before = bench.Store.Remember();
        var edit = await CheckpointTests.EditAsync(bench, log, boundary!, "s1", "requests-1");
        if (whileTrying)
        {
            bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore);
            bench.Store.OnBefore = (operation, _) =>
            {
                if (operation == BlobOperation.Put)
                {
                    bench.Store.RollBack(before);
                }

                return Task.CompletedTask;
            };
        }
        else
        {
            bench.Store.RollBack(before);
        }

        await RolledBackAsync(() => log.InstallCheckpointAsync(edit, bench.Soon, default));
        Assert.Empty((await bench.ManifestAsync()).Segments);
        Assert.Equal(["a"], await bench.ContentAsync()); // nothing was deleted for the sake of what is not there
        await bench.OpenAndReplayAsync(); // nothing that was acknowledged is lost
    }

    [Fact]
    public async Task Manifest_never_names_a_log_that_the_store_lost_before_it_stood()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var before = bench.Store.Remember();
        var (_, boundary) = await log.RollAsync(bench.Soon, default);
        bench.Store.RollBack(before);

        var edit = await CheckpointTests.EditAsync(bench, log, boundary!, "s1");
        await RolledBackAsync(() => log.InstallCheckpointAsync(edit, bench.Soon, default));
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Ownership_that_is_gone_is_no_other_owners()
    {
        using var bench = await LogBench.CreateAsync();
        var before = bench.Store.Remember();
        var log = await OwnWithAsync(bench, "a");
        bench.Store.RollBack(before);

        await RolledBackAsync(() => log.VerifyOwnershipAsync(bench.Soon, default));
        await RolledBackAsync(bench.OpenAsync);
    }

    [Fact]
    public async Task Shard_that_was_born_is_not_taken_for_an_empty_one_when_its_manifest_is_gone()
    {
        using var bench = LogBench.Empty();
        var nothing = bench.Store.Remember();
        await ShardManifests.CreateAsync(bench.Context, LogBench.Address, LogBench.Birth, default);
        await OwnWithAsync(bench, "a");
        bench.Store.RollBack(nothing);

        await RolledBackAsync(() => ShardLog.OpenAsync(bench.Context, LogBench.Address, bench.Options, default, new Born()));
        await ShardLog.OpenAsync(bench.Stranger(), LogBench.Address, bench.Options, default, new Born());
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(bench.OpenAsync)); // without a control plane that knows better
    }

    [Fact]
    public async Task Writes_of_another_node_after_the_rollback_do_not_hide_it()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var before = bench.Store.Remember();
        await bench.AppendAsync(log, "b");
        bench.Store.RollBack(before);
        var other = await ShardLog.OpenAsync(bench.Stranger(), LogBench.Address, bench.Options, default);
        await LogBench.ReplayAsync(other);
        await other.AcquireAsync(bench.Soon, default);
        await bench.AppendAsync(other, "x");
        await bench.AppendAsync(other, "y");

        await RolledBackAsync(bench.OpenAndReplayAsync); // sequence and edits are further than ever, and its log ends too early
    }

    [Fact]
    public async Task Accepted_loss_is_no_longer_refused()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await OwnWithAsync(bench, "a");
        var before = bench.Store.Remember();
        await bench.AppendAsync(log, "b");
        bench.Store.RollBack(before);
        await RolledBackAsync(bench.OpenAndReplayAsync);

        bench.Context.Witness.Forget(LogBench.Address);
        var next = await bench.OwnAsync();
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(next, "c"));
        Assert.Equal(["a", "c"], await LogBench.ReplayAsync(await bench.OpenAsync()));
    }

    [Fact]
    public async Task Deleted_shard_is_gone_and_forgotten()
    {
        using var bench = await LogBench.CreateAsync();
        await OwnWithAsync(bench, "a");
        await ShardManifests.MarkDeletingAsync(bench.Context, LogBench.Address, default);
        Assert.Equal(RefusalCodes.Gone, await LogBench.RefusedAsync(bench.OpenAsync));
        await ShardManifests.RemoveAsync(bench.Context, LogBench.Address, default);

        Assert.Empty(bench.Context.Witness.Shards);
    }

    private static async Task<ShardLog> OwnWithAsync(LogBench bench, string text)
    {
        var log = await bench.OwnAsync();
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, text));
        return log;
    }

    private static async Task RolledBackAsync(Func<Task> action) => Assert.Equal(RefusalCodes.StoreRolledBack, await LogBench.RefusedAsync(action));

    private sealed class Born : IShardBirths
    {
        public Task<ShardBirth?> FindAsync() => Task.FromResult<ShardBirth?>(LogBench.Birth);

        public Task BearAsync() => throw new NotSupportedException();

        public Task ConfirmAsync() => throw new NotSupportedException();
    }
}
