using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>A checkpoint takes effect by a manifest swap; only then do the logs and segments that it replaces go.</summary>
public sealed class CheckpointTests
{
    /// <summary>Stores what it names, too.</summary>
    internal static async Task<CheckpointEdit> EditAsync(LogBench bench, ShardLog log, LogBoundary boundary, string segment, string? requests = null)
    {
        foreach (var blob in new[] { ShardBlobs.RowsOf(segment), requests }.OfType<string>())
        {
            await bench.Store.PutAsync(LogBench.Address.Blob(blob), new byte[1], PutCondition.None, CancellationToken.None);
        }

        return new([.. log.Manifest.Segments, new SegmentEntry(segment, 1, boundary.LastSequence, (long)boundary.LastSequence, null)], requests, boundary);
    }

    [Fact]
    public async Task Checkpoint_drops_the_logs_it_covers_and_replay_goes_on_behind_it()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var (outcome, boundary) = await log.RollAsync(bench.Soon, CancellationToken.None);
        Assert.Equal((AppendOutcome.Durable, 1ul), (outcome, boundary!.LastSequence));
        await bench.AppendAsync(log, "b"); // written while the segment is being made
        await log.InstallCheckpointAsync(await EditAsync(bench, log, boundary, "s1", "requests-1"), bench.Soon, CancellationToken.None);

        Assert.Equal([bench.LiveBlob(log)], bench.LogBlobs);
        var manifest = await bench.ManifestAsync();
        Assert.Equal((1ul, "requests-1", "s1"), (manifest.CoveredSequence, manifest.RequestsBlob, manifest.Segments.Single().Name));
        Assert.Empty(manifest.SealedLogs);
        Assert.Equal(["b"], await bench.ContentAsync());
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "c"));
        Assert.Equal(3ul, (await bench.OwnAsync()).LastSequence);
    }

    [Fact]
    public async Task Logs_behind_the_boundary_stay_even_when_they_took_no_sequence_numbers()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var (_, boundary) = await log.RollAsync(bench.Soon, CancellationToken.None);
        await log.AppendAsync([LogBench.Draft(log, "conflicts only", itemCount: 0)], bench.Soon, CancellationToken.None);
        await log.RollAsync(bench.Soon, CancellationToken.None);
        await bench.AppendAsync(log, "b");
        await log.InstallCheckpointAsync(await EditAsync(bench, log, boundary!, "s1"), bench.Soon, CancellationToken.None);
        Assert.Equal(["conflicts only", "b"], await bench.ContentAsync());
        await bench.OwnAsync();
        Assert.Equal(["conflicts only", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Rolling_an_empty_log_makes_no_new_one()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        var (_, first) = await log.RollAsync(bench.Soon, CancellationToken.None);
        var (_, second) = await log.RollAsync(bench.Soon, CancellationToken.None);
        Assert.Equal(first, second);
        Assert.Single(bench.LogBlobs);
    }

    [Fact]
    public async Task Segments_and_blobs_that_are_no_longer_named_are_deleted_and_others_are_not()
    {
        using var bench = await LogBench.CreateAsync();
        foreach (var name in new[] { "segments/s1/rows", "segments/s1/deletes-1", "segments/s2/rows", "segments/s1-other/rows", "requests-1", "requests-2" })
        {
            await bench.Store.PutAsync(LogBench.Address.Blob(name), new byte[1], PutCondition.None, CancellationToken.None);
        }

        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var (_, boundary) = await log.RollAsync(bench.Soon, CancellationToken.None);
        var one = new SegmentEntry("s1", 1, 1, 1, "segments/s1/deletes-1");
        await log.InstallCheckpointAsync(new CheckpointEdit([one], "requests-1", boundary!), bench.Soon, CancellationToken.None);
        Assert.Equal(4, bench.Store.Names(LogBench.Address.SegmentPrefix).Count);
        Assert.Equal(2, bench.Store.Names(LogBench.Address.Prefix).Count(n => n.Contains("requests", StringComparison.Ordinal)));

        var two = new SegmentEntry("s2", 1, 1, 1, null);
        await log.InstallCheckpointAsync(new CheckpointEdit([two], "requests-2", boundary!), bench.Soon, CancellationToken.None);
        Assert.Equal(
            ["segments/s1-other/rows", "segments/s2/rows"],
            bench.Store.Names(LogBench.Address.SegmentPrefix).Select(n => n[LogBench.Address.Prefix.Length..]));
        Assert.DoesNotContain(LogBench.Address.Blob("requests-1"), bench.Store.Names());
        Assert.Contains(LogBench.Address.Blob("requests-2"), bench.Store.Names());
    }

    [Theory]
    [InlineData(BlobFault.FailBefore)]
    [InlineData(BlobFault.LoseAnswer)]
    public async Task Checkpoint_without_an_answer_is_found_out(BlobFault fault)
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var (_, boundary) = await log.RollAsync(bench.Soon, CancellationToken.None);
        bench.Store.Fail(BlobOperation.Put, "manifest", fault);
        await log.InstallCheckpointAsync(await EditAsync(bench, log, boundary!, "s1"), bench.Soon, CancellationToken.None);
        Assert.Equal("s1", (await bench.ManifestAsync()).Segments.Single().Name);
        Assert.Equal(3ul, (await bench.ManifestAsync()).EditCounter); // born, owned, one checkpoint
        Assert.Single(bench.LogBlobs);
    }

    [Fact]
    public async Task Checkpoint_that_lands_while_it_is_being_sent_again_is_known_as_its_own()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var (_, boundary) = await log.RollAsync(bench.Soon, CancellationToken.None);
        var late = bench.Store.Hold(BlobOperation.Put, "manifest");
        bench.Store.OnBefore = (operation, _) =>
        {
            if (operation == BlobOperation.Put && late.Entered.IsCompleted)
            {
                late.Release(); // the first attempt lands just before the second, whose condition then fails
            }

            return Task.CompletedTask;
        };
        await log.InstallCheckpointAsync(await EditAsync(bench, log, boundary!, "s1"), bench.Soon, CancellationToken.None);
        Assert.Equal(3ul, (await bench.ManifestAsync()).EditCounter);
        Assert.Equal(3ul, log.Manifest.EditCounter);
    }

    [Fact]
    public async Task Checkpoint_that_lands_after_it_was_given_up_does_no_harm_to_a_later_one()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var (_, boundary) = await log.RollAsync(bench.Soon, CancellationToken.None);
        var late = bench.Store.Hold(BlobOperation.Put, "manifest");
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore, times: int.MaxValue, after: 1);
        Assert.Equal(
            RefusalCodes.StorageUnavailable,
            await LogBench.RefusedAsync(async () => await log.InstallCheckpointAsync(await EditAsync(bench, log, boundary!, "s1"), bench.Soon, CancellationToken.None)));
        Assert.Equal(2, bench.LogBlobs.Count); // nothing is deleted before the swap is known to stand
        bench.Store.ForgetFaults();
        late.Release();
        await bench.AppendAsync(log, "b");
        await log.InstallCheckpointAsync(await EditAsync(bench, log, boundary!, "s2"), bench.Soon, CancellationToken.None);
        Assert.Equal("s2", (await bench.ManifestAsync()).Segments.Single().Name);
        Assert.Equal(["b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Stale_owner_cannot_install_a_checkpoint()
    {
        using var bench = await LogBench.CreateAsync();
        var stale = await bench.OwnAsync();
        await bench.AppendAsync(stale, "a");
        var (_, boundary) = await stale.RollAsync(bench.Soon, CancellationToken.None);
        await bench.OwnAsync();
        var edit = await EditAsync(bench, stale, boundary!, "s1");
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => stale.InstallCheckpointAsync(edit, bench.Soon, CancellationToken.None)));
        Assert.Empty((await bench.ManifestAsync()).Segments);
        Assert.Equal(["a"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Would_be_owner_whose_segments_were_replaced_must_open_anew()
    {
        using var bench = await LogBench.CreateAsync();
        var owner = await bench.OwnAsync();
        await bench.AppendAsync(owner, "a");
        var waiting = await bench.OpenAndReplayAsync();
        var (_, boundary) = await owner.RollAsync(bench.Soon, CancellationToken.None);
        await owner.InstallCheckpointAsync(await EditAsync(bench, owner, boundary!, "s1"), bench.Soon, CancellationToken.None);
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => waiting.AcquireAsync(bench.Soon, CancellationToken.None)));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(owner, "b")); // it has not fenced anybody
    }

    [Fact]
    public async Task Checkpoint_between_fence_and_swap_wins_over_the_swap()
    {
        using var bench = await LogBench.CreateAsync(timeOuts: false);
        var owner = await bench.OwnAsync();
        await bench.AppendAsync(owner, "a");
        var (_, boundary) = await owner.RollAsync(bench.Soon, CancellationToken.None);
        var next = await bench.OpenAndReplayAsync();
        var swap = bench.Store.Hold(BlobOperation.Put, "manifest");
        var taking = Task.Run(() => next.AcquireAsync(bench.Soon, CancellationToken.None));
        await swap.Entered;
        await owner.InstallCheckpointAsync(await EditAsync(bench, owner, boundary!, "s1"), bench.Soon, CancellationToken.None);
        swap.Release();
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => taking));
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(owner, "lost")); // the fence stands
        var third = await bench.OwnAsync();
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(third, "b"));
        Assert.Equal(["b"], await bench.ContentAsync());
        Assert.Equal("s1", third.Manifest.Segments.Single().Name);
    }

    [Fact]
    public async Task Reader_whose_logs_are_dropped_while_it_replays_must_open_anew()
    {
        using var bench = await LogBench.CreateAsync();
        var owner = await bench.OwnAsync();
        await bench.AppendAsync(owner, "a");
        var reader = await bench.OpenAsync();
        var (_, boundary) = await owner.RollAsync(bench.Soon, CancellationToken.None);
        await owner.InstallCheckpointAsync(await EditAsync(bench, owner, boundary!, "s1"), bench.Soon, CancellationToken.None);
        Assert.Equal(RefusalCodes.Fenced, await LogBench.RefusedAsync(() => LogBench.ReplayAsync(reader)));
    }

    [Fact]
    public async Task Failing_to_delete_leaves_garbage_and_a_good_checkpoint()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var (_, boundary) = await log.RollAsync(bench.Soon, CancellationToken.None);
        bench.Store.Fail(BlobOperation.Delete, "log/", BlobFault.FailBefore, times: int.MaxValue);
        await log.InstallCheckpointAsync(await EditAsync(bench, log, boundary!, "s1"), bench.Soon, CancellationToken.None);
        Assert.Equal(2, bench.LogBlobs.Count);
        Assert.Empty(await bench.ContentAsync());
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(await bench.OwnAsync(), "b"));
    }

    [Fact]
    public async Task Boundary_of_another_log_is_a_mistake_of_the_caller()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var edit = await EditAsync(bench, log, new LogBoundary(1, log.Manifest.LiveLog), "s1"); // the live log begins at 1, not behind it
        await Assert.ThrowsAsync<ArgumentException>(() => log.InstallCheckpointAsync(edit, bench.Soon, CancellationToken.None));
        Assert.Equal(["a"], await bench.ContentAsync());
    }
}
