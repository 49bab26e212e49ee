using JadeVector.Engine;
using JadeVector.Engine.Logs;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>An append without an answer is sent again, the same bytes to the same place, until the store's content says what became of it.</summary>
public sealed class UnknownOutcomeTests
{
    [Fact]
    public async Task Append_that_takes_effect_and_loses_its_answer_is_durable_once()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.LoseAnswer);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "a"));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b"));
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Append_that_never_reached_the_store_is_sent_again()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.FailBefore, times: 3);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "a"));
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Append_without_an_answer_before_the_deadline_is_unknown_and_never_failed()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(AppendOutcome.OutcomeUnknown, await bench.AppendAsync(log, "a"));
        Assert.True(log.HasPending);
        Assert.Equal(0ul, log.LastSequence);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(82)]
    public async Task Damage_to_an_append_in_doubt_is_not_taken_for_the_append_of_another(int offsetInFrame)
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        var live = bench.LiveBlob(log);
        var isDamaged = false;
        bench.Store.Fail(BlobOperation.Append, live, BlobFault.LoseAnswer);
        bench.Store.OnBefore = (operation, name) =>
        {
            if (operation == BlobOperation.Read && name == live && !isDamaged)
            {
                isDamaged = true;
                bench.Store.FlipBit(live, LogHeader.SizeBytes + offsetInFrame);
            }

            return Task.CompletedTask;
        };
        Assert.Equal(AppendOutcome.OutcomeUnknown, await bench.AppendAsync(log, "a"));
        Assert.True(isDamaged);
        bench.Store.FlipBit(live, LogHeader.SizeBytes + offsetInFrame);
        Assert.Equal(AppendOutcome.Durable, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Nothing_else_is_sent_while_an_append_is_in_doubt()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        var live = bench.LiveBlob(log);
        bench.Store.Fail(BlobOperation.Append, live, BlobFault.FailBefore, times: int.MaxValue);
        await bench.AppendAsync(log, "a");
        Assert.Equal(AppendOutcome.Unavailable, await bench.AppendAsync(log, "b"));
        bench.Store.ForgetFaults();
        Assert.Equal(AppendOutcome.Outdated, await bench.AppendAsync(log, "c"));
        Assert.Equal(["a"], await bench.ContentAsync()); // neither b nor c went to a's place or behind it
    }

    [Fact]
    public async Task Group_in_doubt_that_turns_out_durable_is_reported_before_anything_else_is_written()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.FailBefore, times: int.MaxValue);
        var group = new[] { LogBench.Draft(log, "a", itemCount: 2), LogBench.Draft(log, "b") with { FirstSequence = 3, ItemCount = 0 } };
        Assert.Equal(AppendOutcome.OutcomeUnknown, await log.AppendAsync(group, bench.Soon, CancellationToken.None));
        bench.Store.ForgetFaults();

        Assert.Equal(AppendOutcome.Outdated, await bench.AppendAsync(log, "decided without a and b"));
        Assert.Equal(AppendOutcome.Outdated, await bench.AppendAsync(log, "still"));
        Assert.Equal(AppendOutcome.Outdated, (await log.RollAsync(bench.Soon, CancellationToken.None)).Outcome);
        var late = log.TakeLateFrames();
        Assert.Equal([("a", 1ul, 2), ("b", 3ul, 0)], late.Select(f => (LogBench.TextOf(f), f.FirstSequence, f.ItemCount)));
        Assert.Equal(new RequestKey(7, 8), late[0].Request);
        Assert.Empty(log.TakeLateFrames());

        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "c"));
        Assert.Equal(["a", "b", "c"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Resolving_reports_the_late_frames_once()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        Assert.Equal(AppendOutcome.Durable, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.FailBefore, times: int.MaxValue);
        await bench.AppendAsync(log, "a");
        Assert.Equal(AppendOutcome.Unavailable, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        bench.Store.ForgetFaults();
        Assert.Equal(AppendOutcome.Durable, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        Assert.False(log.HasPending);
        Assert.Equal(["a"], log.TakeLateFrames().Select(LogBench.TextOf));
    }

    [Fact]
    public async Task Late_append_that_lands_after_its_writer_gave_up_is_found_and_not_written_twice()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        var late = bench.Store.Hold(BlobOperation.Append, bench.LiveBlob(log));
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.FailBefore, times: int.MaxValue, after: 1);
        Assert.Equal(AppendOutcome.OutcomeUnknown, await bench.AppendAsync(log, "a"));
        Assert.Empty(await bench.ContentAsync());
        late.Release();
        bench.Store.ForgetFaults();
        Assert.Equal(AppendOutcome.Durable, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        Assert.Equal(["a"], log.TakeLateFrames().Select(LogBench.TextOf));
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Late_append_that_lands_after_it_was_sent_again_changes_nothing()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        var late = bench.Store.Hold(BlobOperation.Append, bench.LiveBlob(log));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "a")); // the second attempt
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b"));
        late.Release();
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Late_append_of_a_stale_owner_that_lands_after_the_fence_is_neither_acknowledged_nor_visible()
    {
        using var bench = await LogBench.CreateAsync();
        var stale = await bench.OwnAsync();
        var live = bench.LiveBlob(stale);
        await bench.AppendAsync(stale, "a");
        var late = bench.Store.Hold(BlobOperation.Append, live);
        bench.Store.Fail(BlobOperation.Append, live, BlobFault.FailBefore, times: int.MaxValue, after: 1);
        Assert.Equal(AppendOutcome.OutcomeUnknown, await bench.AppendAsync(stale, "late"));
        bench.Store.ForgetFaults();
        var fresh = await bench.OwnAsync();
        late.Release();
        Assert.Equal(AppendOutcome.Fenced, await stale.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        Assert.Empty(stale.TakeLateFrames());
        await bench.AppendAsync(fresh, "b");
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Late_append_that_lands_before_the_fence_exists_for_the_new_owner()
    {
        using var bench = await LogBench.CreateAsync();
        var stale = await bench.OwnAsync();
        var live = bench.LiveBlob(stale);
        var late = bench.Store.Hold(BlobOperation.Append, live);
        bench.Store.Fail(BlobOperation.Append, live, BlobFault.FailBefore, times: int.MaxValue, after: 1);
        Assert.Equal(AppendOutcome.OutcomeUnknown, await bench.AppendAsync(stale, "late"));
        bench.Store.ForgetFaults();
        var fresh = await bench.OpenAndReplayAsync();
        late.Release();
        Assert.Equal(["late"], (await fresh.AcquireAsync(bench.Soon, CancellationToken.None)).Select(LogBench.TextOf));
        Assert.Equal(AppendOutcome.Durable, await stale.ResolvePendingAsync(bench.Soon, CancellationToken.None)); // it did land
        Assert.Equal(["late"], stale.TakeLateFrames().Select(LogBench.TextOf));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(fresh, "b"));
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(stale, "lost"));
        Assert.Equal(["late", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Group_whose_log_was_taken_over_and_dropped_is_unknown_and_not_fenced_away()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var stale = await bench.OwnAsync();
        var live = bench.LiveBlob(stale);
        bench.Store.Fail(BlobOperation.Append, live, BlobFault.LoseAnswer);
        var landed = bench.Store.HoldAnswer(BlobOperation.Append, live);
        var appending = bench.AppendAsync(stale, "landed");
        await landed.Entered;
        var fresh = await bench.OwnAsync();
        var (_, boundary) = await fresh.RollAsync(bench.Soon, CancellationToken.None);
        await fresh.InstallCheckpointAsync(await CheckpointTests.EditAsync(bench, fresh, boundary!, "landed"), bench.Soon, CancellationToken.None);
        Assert.DoesNotContain(live, bench.LogBlobs);
        landed.Release();

        // Nobody can tell the stale owner any more that its group was taken over: it must not claim the contrary.
        Assert.Equal(AppendOutcome.OutcomeUnknown, await appending);
        Assert.True(stale.IsFenced);
        Assert.False(stale.HasPending);
        Assert.Equal(AppendOutcome.Fenced, await stale.ResolvePendingAsync(bench.Soon, CancellationToken.None));
    }

    [Fact]
    public async Task Caller_who_cancels_after_sending_is_told_unknown_and_the_group_stays_pending()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var log = await bench.OwnAsync();
        var held = bench.Store.Hold(BlobOperation.Append, bench.LiveBlob(log));
        using var cancellation = new CancellationTokenSource();
        var appending = log.AppendAsync([LogBench.Draft(log, "a")], bench.Soon, cancellation.Token);
        await held.Entered;
        await cancellation.CancelAsync();
        Assert.Equal(AppendOutcome.OutcomeUnknown, await appending);
        held.Release();
        Assert.Equal(AppendOutcome.Durable, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        Assert.Equal(["a"], log.TakeLateFrames().Select(LogBench.TextOf));
    }

    [Fact]
    public async Task Caller_who_cancels_before_sending_has_sent_nothing()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => log.AppendAsync([LogBench.Draft(log, "a")], bench.Soon, cancellation.Token));
        Assert.False(log.HasPending);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b"));
        Assert.Equal(["b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Deadline_in_the_past_sends_nothing()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        Assert.Equal(AppendOutcome.Unavailable, await log.AppendAsync([LogBench.Draft(log, "a")], bench.Clock.GetUtcNow(), CancellationToken.None));
        Assert.False(log.HasPending);
        Assert.Empty(await bench.ContentAsync());
    }

    [Fact]
    public async Task Second_writer_waits_for_the_first_no_longer_than_its_own_deadline()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var log = await bench.OwnAsync();
        var held = bench.Store.Hold(BlobOperation.Append, bench.LiveBlob(log));
        var first = bench.AppendAsync(log, "a");
        await held.Entered;
        var patience = bench.Clock.GetUtcNow() + TimeSpan.FromSeconds(5);
        var second = log.AppendAsync([LogBench.Draft(log, "b")], patience, CancellationToken.None);
        Assert.False(second.IsCompleted);
        bench.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(AppendOutcome.Unavailable, await second);
        held.Release();
        Assert.Equal(AppendOutcome.Durable, await first);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "c"));
        Assert.Equal(["a", "c"], await bench.ContentAsync());
    }

    [Fact]
    public async Task After_an_outage_the_log_resumes_by_itself()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        bench.Store.Unavailable = true;
        Assert.Equal(AppendOutcome.OutcomeUnknown, await bench.AppendAsync(log, "b"));
        Assert.Equal(AppendOutcome.Unavailable, await bench.AppendAsync(log, "c"));
        Assert.Equal(RefusalCodes.StorageUnavailable, await LogBench.RefusedAsync(() => log.VerifyOwnershipAsync(bench.Soon, CancellationToken.None)));
        bench.Store.Unavailable = false;
        Assert.Equal(AppendOutcome.Durable, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        Assert.Equal(["b"], log.TakeLateFrames().Select(LogBench.TextOf));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "d"));
        await log.VerifyOwnershipAsync(bench.Soon, CancellationToken.None);
        Assert.Equal(["a", "b", "d"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Full_store_is_told_at_once_and_the_log_resumes_when_there_is_room()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var log = await bench.OwnAsync();
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.Full);
        var asked = bench.Clock.GetUtcNow();
        Assert.Equal(AppendOutcome.OutcomeUnknown, await bench.AppendAsync(log, "a"));
        Assert.Equal(asked, bench.Clock.GetUtcNow());
        Assert.Equal(AppendOutcome.Durable, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
        Assert.Equal(["a"], log.TakeLateFrames().Select(LogBench.TextOf));
    }

    [Fact]
    public async Task Attempts_pause_longer_and_longer_and_are_few()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        var live = bench.LiveBlob(log);
        bench.Store.Fail(BlobOperation.Append, live, BlobFault.FailBefore, times: int.MaxValue);
        await bench.AppendAsync(log, "a");
        var attempts = bench.Store.History.Count(h => h == (BlobOperation.Append, live));
        Assert.InRange(attempts, 10, 40); // 25 s: 20, 40, 80 … ms, then one a second; the log's header is one of them
    }
}
