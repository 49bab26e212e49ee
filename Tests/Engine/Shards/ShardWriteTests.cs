using JadeVector.Engine;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

public sealed class ShardWriteTests
{
    [Fact]
    public async Task Acknowledged_vector_is_found_at_once_and_comes_back_bit_for_bit()
    {
        await using var bench = await CreateAsync(ConfigOf(3, Metric.Cosine));
        var shard = await bench.OpenAsync();
        float[] values = [1e-3f, -0f, 7.25f];

        var outcome = await Write(shard, Put("a", values, """{"n":9007199254740993}""", "grüße"));

        Assert.Equal([new WriteItemOutcome(WriteItemStatus.Created, 1)], outcome.Items);
        Assert.Equal(1ul, outcome.Sequence);
        var row = Get(shard, "a")!;
        Assert.Equal(Bytes(values), row.Values);
        Assert.Equal("""{"n":9007199254740993}""", System.Text.Encoding.UTF8.GetString(row.Metadata!));
        Assert.Equal("grüße", row.Text);
        var hit = Assert.Single(Search(shard, [0, 0, 2], 5));
        Assert.Equal(Bytes(values), hit.Vector.Values);
        Assert.Equal(1f, hit.Similarity, 5);
    }

    [Fact]
    public async Task No_metadata_and_no_text_stay_apart_from_empty_ones()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("none", [1, 2]), Put("empty", [1, 2], "", ""));
        for (var round = 0; round < 2; round++)
        {
            var (none, empty) = (Get(shard, "none")!, Get(shard, "empty")!);
            Assert.Null(none.Metadata);
            Assert.Null(none.Text);
            Assert.Equal([], empty.Metadata!);
            Assert.Equal("", empty.Text);
            await shard.CheckpointAsync(default);
        }
    }

    [Fact]
    public async Task Later_item_of_the_same_id_wins_and_each_has_its_own_version()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();

        var outcome = await Write(shard, Put("a", [1, 0]), Put("a", [2, 0], ifVersion: 1), Delete("a"), Put("a", [3, 0], ifVersion: 0));

        Assert.Equal(
            [new(WriteItemStatus.Created, 1), new(WriteItemStatus.Replaced, 2), new(WriteItemStatus.Deleted, 3), new WriteItemOutcome(WriteItemStatus.Created, 4)],
            outcome.Items);
        Assert.Equal(4ul, Get(shard, "a")!.Version);
        Assert.Equal(Bytes(3, 0), Assert.Single(Search(shard, [0, 0], 10)).Vector.Values);
    }

    [Fact]
    public async Task Condition_that_does_not_hold_changes_nothing_else_in_the_batch()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));

        var outcome = await Write(shard, Put("a", [9, 9], ifVersion: 7), Put("b", [2, 0]), Put("c", [9, 9], mustExist: true), Delete("d"), Put("a", [9, 9], ifVersion: 0));

        Assert.Equal(
            [new(WriteItemStatus.VersionConflict, 1), new(WriteItemStatus.Created, 2), new(WriteItemStatus.NotFound, 0), new(WriteItemStatus.NotFound, 0), new WriteItemOutcome(WriteItemStatus.VersionConflict, 1)],
            outcome.Items);
        Assert.Equal(["a", "b"], shard.List(null, 0, 10, false, false).Rows.Select(r => r.IdText));
    }

    [Fact]
    public async Task Atomic_batch_writes_all_or_nothing()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));

        var failed = await shard.WriteAsync(Batch(Put("b", [2, 0]), Put("a", [3, 0], ifVersion: 5), Delete("nobody")) with { Atomic = true }, default);
        Assert.Equal([WriteItemStatus.NotAttempted, WriteItemStatus.VersionConflict, WriteItemStatus.NotAttempted], failed.Items.Select(i => i.Status));
        Assert.Null(Get(shard, "b"));

        var done = await shard.WriteAsync(Batch(Put("b", [2, 0]), Put("a", [3, 0], ifVersion: 1), Delete("nobody")) with { Atomic = true }, default);
        Assert.Equal([WriteItemStatus.Created, WriteItemStatus.Replaced, WriteItemStatus.NotFound], done.Items.Select(i => i.Status));
    }

    [Fact]
    public async Task Bad_input_is_refused_by_field_and_nothing_is_stored()
    {
        await using var bench = await CreateAsync(ConfigOf(2, Metric.Cosine));
        var shard = await bench.OpenAsync();
        var blobs = bench.Store.Names();
        await Refused(RefusalCodes.WrongDimension, "items[0].values", Put("a", [1, 2, 3]));
        await Refused(RefusalCodes.NotFinite, "items[1].values[1]", Put("a", [1, 2]), Put("b", [1, float.NaN]));
        await Refused(RefusalCodes.NotFinite, "items[0].values[0]", Put("a", [float.PositiveInfinity, 1]));
        await Refused(RefusalCodes.InvalidArgument, "items[0].values", Put("a", [0, -0f]));
        await Refused(RefusalCodes.InvalidArgument, "id", Put("", [1, 2]));
        await Refused(RefusalCodes.InvalidArgument, "id", Put("a\n", [1, 2]));
        await Refused(RefusalCodes.InvalidArgument, "id", Put(new string('x', 257), [1, 2]));
        await Refused(RefusalCodes.LimitExceeded, "batch", Put("a", [1, 2], metadata: new string(' ', LogLimits.PayloadSizeBytesMax)));
        Assert.Equal(0, shard.Stats.VectorCount);
        Assert.Equal(blobs, bench.Store.Names());

        async Task Refused(string code, string field, params WriteItem[] items)
        {
            var refusal = await Assert.ThrowsAsync<RefusalException>(() => Write(shard, items));
            Assert.Equal(code, refusal.Code);
            Assert.Contains(field, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Writes_that_wait_for_an_append_leave_together_as_one()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("first", [0, 0]));
        var appendsBefore = Appends();
        var held = bench.Store.Hold(BlobOperation.Append, "/log/");
        var leader = Write(shard, Put("leader", [0, 0]));
        await held.Entered;
        var waiting = Enumerable.Range(0, 100).Select(i => Write(shard, Put($"v{i}", [i, 0]))).ToArray();
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        Assert.Null(Get(shard, "leader"));

        held.Release();
        await leader;
        var outcomes = await Task.WhenAll(waiting);

        Assert.Equal(2, Appends() - appendsBefore);
        Assert.Equal(Enumerable.Range(3, 100).Select(s => (ulong)s), outcomes.Select(o => o.Sequence));

        int Appends() => bench.Store.History.Count(h => h.Operation is BlobOperation.Append);
    }

    [Fact]
    public async Task Request_id_gets_its_first_answer_again_across_restart_and_checkpoint()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("c", [0, 0]));
        var request = Batch(Put("a", [1, 0]), Put("c", [9, 9], ifVersion: 77), Delete("b")) with { RequestId = "r1" };
        var first = await shard.WriteAsync(request, default);
        await Write(shard, Delete("a"));
        for (var round = 0; round < 4; round++)
        {
            var again = await shard.WriteAsync(request, default);
            Assert.Equal(first.Sequence, again.Sequence);
            Assert.Equal(first.Items, again.Items);
            Assert.Null(Get(shard, "a"));
            var reused = await Assert.ThrowsAsync<RefusalException>(() => shard.WriteAsync(request with { Items = [Delete("c")] }, default));
            Assert.Equal(RefusalCodes.RequestIdReused, reused.Code);
            if (round % 2 == 0)
                await shard.CheckpointAsync(default);
            await shard.DisposeAsync();
            shard = await bench.OpenAsync();
        }
    }

    [Fact]
    public async Task Retry_that_comes_while_the_first_is_under_way_gets_its_answer()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("x", [0, 0]));
        var held = bench.Store.Hold(BlobOperation.Append, "/log/");
        var other = Write(shard, Put("y", [0, 0]));
        await held.Entered;
        var request = Batch(Put("a", [1, 0], ifVersion: 0)) with { RequestId = "r1" };
        var first = shard.WriteAsync(request, default);
        var retry = shard.WriteAsync(request, default);
        var reused = shard.WriteAsync(request with { Items = [Delete("x")] }, default);

        held.Release();
        await other;
        Assert.Equal((await first).Items, (await retry).Items);
        Assert.Equal(WriteItemStatus.Created, (await first).Items[0].Status);
        Assert.Equal(RefusalCodes.RequestIdReused, (await Assert.ThrowsAsync<RefusalException>(() => reused)).Code);
    }

    [Fact]
    public async Task Request_ids_are_forgotten_by_number_and_by_age()
    {
        var clock = new ManualClock();
        await using var bench = await CreateAsync(clock: clock);
        var shard = await bench.OpenAsync(new ShardOptions { RequestIdsMax = 2, RequestIdAgeMax = TimeSpan.FromHours(1) });
        var requests = Enumerable.Range(0, 3).Select(i => Batch(Put("a", [i, 0])) with { RequestId = $"r{i}" }).ToArray();
        foreach (var request in requests)
            await shard.WriteAsync(request, default);

        Assert.Equal(2ul, (await shard.WriteAsync(requests[1], default)).Sequence);
        Assert.Equal(3ul, (await shard.WriteAsync(requests[2], default)).Sequence);
        Assert.Equal(4ul, (await shard.WriteAsync(requests[0], default)).Sequence);
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(5ul, (await shard.WriteAsync(requests[0], default)).Sequence);
    }

    [Fact]
    public async Task Store_that_is_away_costs_a_refusal_and_service_resumes_with_it()
    {
        await using var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(2) });
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        bench.Store.Unavailable = true;
        var request = Batch(Put("b", [2, 0])) with { RequestId = "r" };
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => shard.WriteAsync(request, default));
        Assert.Equal(RefusalCodes.OutcomeUnknown, refusal.Code);
        Assert.Equal(["a"], Ids(Search(shard, [0, 0], 10)));

        bench.Store.Unavailable = false;
        var outcome = await shard.WriteAsync(request, default);
        Assert.Equal(WriteItemStatus.Created, Assert.Single(outcome.Items).Status);
        Assert.Equal(["a", "b"], Ids(Search(shard, [0, 0], 10)));
        await shard.DisposeAsync();
        Assert.Equal(["a", "b"], Ids(Search(await bench.OpenAsync(), [0, 0], 10)));
    }

    [Fact]
    public async Task Write_of_unknown_outcome_that_lands_late_is_applied_before_the_next_one()
    {
        var clock = new ManualClock();
        await using var bench = await CreateAsync(clock: clock);
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        var held = bench.Store.Hold(BlobOperation.Append, "/log/");
        var late = shard.WriteAsync(Batch(Put("b", [2, 0])) with { RequestId = "late", Deadline = clock.GetUtcNow() + TimeSpan.FromSeconds(5) }, default);
        await held.Entered;
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(RefusalCodes.OutcomeUnknown, (await Assert.ThrowsAsync<RefusalException>(() => late)).Code);
        Assert.Null(Get(shard, "b"));

        held.Release();
        var conditional = await Write(shard, Put("b", [3, 0], ifVersion: 0), Put("c", [4, 0]));

        Assert.Equal([new(WriteItemStatus.VersionConflict, 2), new WriteItemOutcome(WriteItemStatus.Created, 3)], conditional.Items);
        Assert.Equal(Bytes(2, 0), Get(shard, "b")!.Values);
        var again = await shard.WriteAsync(Batch(Put("b", [2, 0])) with { RequestId = "late" }, default);
        Assert.Equal([new WriteItemOutcome(WriteItemStatus.Created, 2)], again.Items);
    }

    [Fact]
    public async Task Cancelled_write_is_unknown_once_it_was_sent_and_withdrawn_before()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        using var cancelled = new CancellationTokenSource();
        var held = bench.Store.Hold(BlobOperation.Append, "/log/");
        var sent = shard.WriteAsync(Batch(Put("sent", [1, 0])), cancelled.Token);
        await held.Entered;
        var waiting = shard.WriteAsync(Batch(Put("waiting", [1, 0])), cancelled.Token);
        await cancelled.CancelAsync();

        Assert.Equal(RefusalCodes.OutcomeUnknown, (await Assert.ThrowsAsync<RefusalException>(() => sent)).Code);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        held.Release();
        await Write(shard, Put("b", [2, 0]));
        Assert.Equal(["a", "sent", "b"], shard.List(null, 0, 10, false, false).Rows.Select(r => r.IdText));
    }

    [Fact]
    public async Task Deadline_that_has_passed_writes_nothing()
    {
        var clock = new ManualClock();
        await using var bench = await CreateAsync(clock: clock);
        var shard = await bench.OpenAsync();
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => shard.WriteAsync(Batch(Put("a", [1, 0])) with { Deadline = clock.GetUtcNow() }, default));
        Assert.Equal(RefusalCodes.DeadlineExceeded, refusal.Code);
        Assert.Equal(0, shard.Stats.VectorCount);
    }
}
