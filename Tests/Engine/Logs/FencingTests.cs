using JadeVector.Engine;
using JadeVector.Engine.Logs;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>Fence first, then swap: whoever lost ownership acknowledges nothing more, and nothing of it becomes visible.</summary>
public sealed class FencingTests
{
    [Fact]
    public async Task What_was_appended_is_replayed_in_order()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "a"));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b"));
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Opening_and_replaying_write_nothing_and_do_not_fence()
    {
        using var bench = await LogBench.CreateAsync();
        var owner = await bench.OwnAsync();
        await bench.OpenAndReplayAsync();
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(owner, "a"));
    }

    [Fact]
    public async Task Stale_owner_is_fenced_and_none_of_its_later_writes_is_acknowledged_or_visible()
    {
        using var bench = await LogBench.CreateAsync();
        var stale = await bench.OwnAsync();
        await bench.AppendAsync(stale, "old");
        var fresh = await bench.OwnAsync();
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(stale, "lost"));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(fresh, "new"));
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(stale, "lost again"));
        Assert.True(stale.IsFenced);
        Assert.False(stale.IsOwner);
        Assert.Equal(["old", "new"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Stale_owner_cannot_verify_its_ownership()
    {
        using var bench = await LogBench.CreateAsync();
        var stale = await bench.OwnAsync();
        await stale.VerifyOwnershipAsync(bench.Soon, CancellationToken.None);
        var fresh = await bench.OwnAsync();
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => stale.VerifyOwnershipAsync(bench.Soon, CancellationToken.None)));
        await fresh.VerifyOwnershipAsync(bench.Soon, CancellationToken.None);
    }

    [Fact]
    public async Task Owner_notices_a_fence_before_the_swap()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var owner = await bench.OwnAsync();
        await bench.AppendAsync(owner, "a");
        var swap = bench.Store.Hold(BlobOperation.Put, "manifest");
        var taking = Task.Run(bench.OwnAsync);
        await swap.Entered;
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => owner.VerifyOwnershipAsync(bench.Soon, CancellationToken.None)));
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(owner, "b"));
        swap.Release();
        await taking;
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Fact]
    public async Task New_owner_that_dies_between_fence_and_swap_leaves_the_shard_to_a_third()
    {
        using var bench = await LogBench.CreateAsync();
        var first = await bench.OwnAsync();
        await bench.AppendAsync(first, "a");
        var second = await bench.OpenAndReplayAsync();
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(RefusalCodes.StorageUnavailable, await LogBench.RefusedAsync(() => second.AcquireAsync(bench.Soon, CancellationToken.None)));
        bench.Store.ForgetFaults();

        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(first, "lost"));
        var fenced = bench.Store.Peek(bench.LiveBlob(first)).Length;
        var third = await bench.OwnAsync();
        Assert.Equal(fenced, bench.Store.Peek(bench.LiveBlob(first)).Length); // one FENCE is enough
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(third, "b"));
        Assert.Equal(["a", "b"], await bench.ContentAsync());
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => second.AcquireAsync(bench.Soon, CancellationToken.None)));
    }

    [Fact]
    public async Task Old_owner_that_rolls_over_while_the_new_one_opens_is_fenced_in_its_new_log()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var old = await bench.OwnAsync();
        await bench.AppendAsync(old, "a");
        var fresh = await bench.OpenAndReplayAsync();
        var fence = bench.Store.Hold(BlobOperation.Append, bench.LiveBlob(old));
        var taking = Task.Run(() => fresh.AcquireAsync(bench.Soon, CancellationToken.None));
        await fence.Entered;

        // The fence is on its way to the log that the manifest names; the owner leaves that log in time.
        Assert.Equal(AppendOutcome.Durable, (await old.RollAsync(bench.Soon, CancellationToken.None)).Outcome);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(old, "b"));
        fence.Release();
        var late = await taking;

        Assert.Equal(["b"], late.Select(LogBench.TextOf));
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(old, "lost"));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(fresh, "c"));
        Assert.Equal(["a", "b", "c"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Roll_that_comes_after_the_fence_fails_and_its_log_stays_unseen()
    {
        using var bench = await LogBench.CreateAsync();
        var old = await bench.OwnAsync();
        await bench.AppendAsync(old, "a");
        var fresh = await bench.OwnAsync();
        var before = bench.LogBlobs.Count;
        Assert.Equal(AppendOutcome.Fenced, (await old.RollAsync(bench.Soon, CancellationToken.None)).Outcome);
        Assert.Equal(before + 1, bench.LogBlobs.Count); // created, never rolled to
        await bench.AppendAsync(fresh, "b");
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Frames_that_land_before_the_fence_belong_to_the_new_owner()
    {
        using var bench = await LogBench.CreateAsync();
        var old = await bench.OwnAsync();
        var fresh = await bench.OpenAndReplayAsync();
        await bench.AppendAsync(old, "a");
        await bench.AppendAsync(old, "b");
        var late = await fresh.AcquireAsync(bench.Soon, CancellationToken.None);
        Assert.Equal(["a", "b"], late.Select(LogBench.TextOf));
        Assert.Equal(2ul, fresh.LastSequence);
    }

    [Fact]
    public async Task Late_frames_are_given_even_when_the_first_attempt_to_acquire_failed()
    {
        using var bench = await LogBench.CreateAsync();
        var old = await bench.OwnAsync();
        var fresh = await bench.OpenAndReplayAsync();
        await bench.AppendAsync(old, "a");
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(RefusalCodes.StorageUnavailable, await LogBench.RefusedAsync(() => fresh.AcquireAsync(bench.Soon, CancellationToken.None)));
        bench.Store.ForgetFaults();
        Assert.Equal(["a"], (await fresh.AcquireAsync(bench.Soon, CancellationToken.None)).Select(LogBench.TextOf));
        Assert.Empty(await fresh.AcquireAsync(bench.Soon, CancellationToken.None));
    }

    [Fact]
    public async Task Replay_after_a_failed_attempt_to_acquire_leaves_nothing_out()
    {
        using var bench = await LogBench.CreateAsync();
        var old = await bench.OwnAsync();
        var reader = await bench.OpenAndReplayAsync();
        await bench.AppendAsync(old, "a");
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(RefusalCodes.StorageUnavailable, await LogBench.RefusedAsync(() => reader.AcquireAsync(bench.Soon, CancellationToken.None)));
        bench.Store.ForgetFaults();
        Assert.Equal(["a"], await LogBench.ReplayAsync(reader));
        await reader.VerifyOwnershipAsync(bench.Soon, CancellationToken.None); // fenced by itself, and nobody has written since
        Assert.Empty(await reader.AcquireAsync(bench.Soon, CancellationToken.None));
    }

    [Fact]
    public async Task Sequence_numbers_go_on_across_owners_and_never_restart()
    {
        using var bench = await LogBench.CreateAsync();
        var first = await bench.OwnAsync();
        await first.AppendAsync([LogBench.Draft(first, "a", itemCount: 5)], bench.Soon, CancellationToken.None);
        var second = await bench.OwnAsync();
        Assert.Equal(5ul, second.LastSequence);
        await bench.AppendAsync(second, "b");
        var third = await bench.OwnAsync();
        Assert.Equal(6ul, third.LastSequence);
        Assert.Equal([1ul, 6ul], await FirstSequencesAsync(bench));
    }

    [Fact]
    public async Task Each_owner_has_an_epoch_of_its_own()
    {
        using var bench = await LogBench.CreateAsync();
        var first = await bench.OwnAsync();
        var second = await bench.OwnAsync();
        Assert.Equal(1ul, first.Manifest.Epoch);
        Assert.Equal(2ul, second.Manifest.Epoch);
        Assert.NotEqual(first.Manifest.OwnerNonce, second.Manifest.OwnerNonce);
    }

    [Fact]
    public async Task Of_two_that_swap_at_once_one_wins_and_the_other_is_fenced()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var one = await bench.OpenAndReplayAsync();
        var other = await bench.OpenAndReplayAsync();
        var swap = bench.Store.Hold(BlobOperation.Put, "manifest");
        var slow = Task.Run(() => one.AcquireAsync(bench.Soon, CancellationToken.None));
        await swap.Entered;
        await other.AcquireAsync(bench.Soon, CancellationToken.None);
        swap.Release();
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => slow));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(other, "a"));
        Assert.Equal(AppendOutcome.Fenced, await one.AppendAsync([LogBench.Draft(other, "b")], bench.Soon, CancellationToken.None));
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Theory]
    [InlineData(BlobFault.FailBefore)]
    [InlineData(BlobFault.LoseAnswer)]
    public async Task Swap_without_an_answer_is_found_out_and_the_owner_is_one(BlobFault fault)
    {
        using var bench = await LogBench.CreateAsync();
        bench.Store.Fail(BlobOperation.Put, "manifest", fault);
        var log = await bench.OwnAsync();
        Assert.Equal(log.Manifest.EditNonce, (await bench.ManifestAsync()).EditNonce);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "a"));
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Theory]
    [InlineData(BlobFault.FailBefore)]
    [InlineData(BlobFault.LoseAnswer)]
    public async Task Fence_without_an_answer_is_found_by_reading(BlobFault fault)
    {
        using var bench = await LogBench.CreateAsync();
        var old = await bench.OwnAsync();
        await bench.AppendAsync(old, "a");
        var fresh = await bench.OpenAndReplayAsync();
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(old), fault);
        await fresh.AcquireAsync(bench.Soon, CancellationToken.None);
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(old, "lost"));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(fresh, "b"));
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Swap_that_lands_after_its_owner_gave_up_is_taken_up_again()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OpenAndReplayAsync();
        var swap = bench.Store.Hold(BlobOperation.Put, "manifest");
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore, times: int.MaxValue, after: 1);
        Assert.Equal(RefusalCodes.StorageUnavailable, await LogBench.RefusedAsync(() => log.AcquireAsync(bench.Soon, CancellationToken.None)));
        swap.Release();
        bench.Store.ForgetFaults();
        await log.VerifyOwnershipAsync(bench.Soon, CancellationToken.None); // the swap is ours: it fences nobody
        await log.AcquireAsync(bench.Soon, CancellationToken.None);
        Assert.Equal(1ul, log.Manifest.Epoch);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "a"));
    }

    [Fact]
    public async Task Log_that_the_store_calls_full_needs_no_fence()
    {
        using var bench = await LogBench.CreateAsync();
        var old = await bench.OwnAsync();
        bench.Store.AppendCountMax = 2; // the header and one batch
        await bench.AppendAsync(old, "a");
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(old, "no room"));
        var fresh = await bench.OwnAsync();
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(fresh, "b"));
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Reader_that_owns_nothing_learns_that_the_owner_has_written()
    {
        using var bench = await LogBench.CreateAsync();
        var owner = await bench.OwnAsync();
        var reader = await bench.OpenAndReplayAsync();
        await reader.VerifyOwnershipAsync(bench.Soon, CancellationToken.None);
        await bench.AppendAsync(owner, "a");
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => reader.VerifyOwnershipAsync(bench.Soon, CancellationToken.None)));
    }

    [Fact]
    public async Task Owner_with_an_append_under_way_still_verifies()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var owner = await bench.OwnAsync();
        var append = bench.Store.HoldAnswer(BlobOperation.Append, bench.LiveBlob(owner));
        var appending = bench.AppendAsync(owner, "a");
        await append.Entered;
        await owner.VerifyOwnershipAsync(bench.Soon, CancellationToken.None);
        append.Release();
        Assert.Equal(AppendOutcome.Durable, await appending);
    }

    [Fact]
    public async Task Writing_before_acquiring_is_a_mistake_of_the_caller()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OpenAndReplayAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => bench.AppendAsync(log, "a"));
    }

    private static async Task<List<ulong>> FirstSequencesAsync(LogBench bench)
    {
        var firsts = new List<ulong>();
        await foreach (var frame in (await bench.OpenAsync()).ReplayAsync(CancellationToken.None))
        {
            firsts.Add(frame.FirstSequence);
        }

        return firsts;
    }
}
