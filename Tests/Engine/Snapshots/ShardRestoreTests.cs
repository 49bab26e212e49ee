using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Snapshots;
using JadeVector.Tests.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Snapshots;

public sealed class ShardRestoreTests
{
    private static readonly ShardAddress To = new("db_restored", 0);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restored_shard_is_the_state_that_was_kept_whatever_came_after(bool share)
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        var expected = await FillAsync(shard);
        var pin = await shard.PinAsync("s1", default);
        Assert.Equal(shard.Stats.Sequence, pin.LastSequence);
        await Write(shard, Delete("a"), Put("b", [9, 9]), Put("later", [8, 8]));
        await shard.CompactAsync(default);
        await Write(shard, Delete("c"));
        await shard.CompactAsync(default);

        await RestoreAsync(bench, "s1", To, share, null);
        await using (var restored = await OpenAsync(bench))
        {
            Assert.Equal(expected, Content(restored));
            Assert.Equal(share, bench.Store.Names(To.SegmentPrefix).All(n => !n.EndsWith("/rows", StringComparison.Ordinal)));
            await Write(restored, Put("own", [7, 7]), Delete("b"));
            await restored.CompactAsync(default);
            Assert.Contains(bench.Store.Names(To.SegmentPrefix), n => n.EndsWith("/rows", StringComparison.Ordinal));
            Assert.Equal(["a", "c", "own"], Content(restored).Select(r => r.Id).Order());
        }

        Assert.Null(Get(shard, "own"));
        Assert.Equal(["b", "later"], Content(shard).Select(r => r.Id).Order());
        await using var again = await OpenAsync(bench);
        Assert.Equal(["a", "c", "own"], Content(again).Select(r => r.Id).Order());
    }

    [Fact]
    public async Task Letting_a_state_go_deletes_what_only_it_named_and_nothing_else()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await FillAsync(shard);
        var before = bench.Store.Names(bench.Address.Prefix).Count;
        await shard.PinAsync("s1", default);
        await shard.PinAsync("s2", default);
        await Write(shard, Put("later", [8, 8])); // in a log that the chain leads to behind the pinned one
        await shard.UnpinAsync("s1", default);
        await shard.UnpinAsync("s2", default);
        var expected = Content(shard);
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Assert.Equal(expected, Content(shard));

        await shard.PinAsync("s3", default);
        await Write(shard, Delete("a"));
        await shard.CompactAsync(default);
        Assert.True(bench.Store.Names(bench.Address.Prefix).Count > before);
        await shard.UnpinAsync("s3", default);
        await shard.UnpinAsync("never", default);
        Assert.Equal(4, bench.Store.Names(bench.Address.Prefix).Count); // manifest, log, one segment, request ids
        await shard.DisposeAsync();
        Assert.Equal(expected.Where(r => r.Id != "a"), Content(await bench.OpenAsync()));
        Assert.Equal(RefusalCodes.NotFound, (await Assert.ThrowsAsync<RefusalException>(() => RestoreAsync(bench, "s3", To, false, null))).Code);
    }

    [Fact]
    public async Task Keeping_a_state_costs_the_same_whatever_the_size()
    {
        Assert.Equal(await CountAsync(10), await CountAsync(2000));

        static async Task<int> CountAsync(int rows)
        {
            await using var bench = await CreateAsync(ConfigOf(index: ShardIndexKind.Flat));
            var shard = await bench.OpenAsync();
            await Write(shard, [.. Enumerable.Range(0, rows).Select(i => Put($"v{i}", [i, 0]))]);
            await shard.CheckpointAsync(default);
            await Write(shard, Put("tail", [0, 0]));
            var before = bench.Store.History.Count;
            await shard.PinAsync("s", default);
            return bench.Store.History.Count - before;
        }
    }

    [Fact]
    public async Task State_kept_under_full_write_load_is_one_that_existed()
    {
        await using var bench = await CreateAsync(ConfigOf(index: ShardIndexKind.Flat), new PoolWorkScheduler(), TimeProvider.System);
        var shard = await bench.OpenAsync();
        using var done = new CancellationTokenSource();
        var limit = 100UL; // writers keep ahead of the pins, and no further: what is written has to be read again
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            var acknowledged = new List<ulong>();
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                while (shard.Stats.Sequence > Volatile.Read(ref limit) && !done.IsCancellationRequested)
                    await Task.Yield();
                acknowledged.Add((await Write(shard, Put($"w{w}-{i}", [w, i]))).Sequence);
            }

            return acknowledged;
        })).ToArray();
        var checkpoints = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await shard.CheckpointAsync(default);
                await Task.Yield(); // with nothing to do it never waits, and may run on the stack of whoever has made way for it
            }
        });
        var pins = new List<(ulong Seen, ShardPin Pin)>();
        for (var i = 0; i < 8; i++)
        {
            await UntilAsync(() => shard.Stats.Sequence > (pins.Count == 0 ? 20 : pins[^1].Pin.LastSequence + 20));
            var seen = shard.Stats.Sequence;
            pins.Add((seen, await shard.PinAsync($"s{i}", default)));
            Volatile.Write(ref limit, pins[^1].Pin.LastSequence + 100);
        }

        await done.CancelAsync();
        await Task.WhenAll([.. writers, checkpoints]);
        foreach (var (seen, pin) in pins)
        {
            Assert.True(pin.LastSequence >= seen, "A write that was visible before is missing.");
            var to = new ShardAddress($"db_{pin.Id}", 0);
            await RestoreAsync(bench, pin.Id, to, false, null);
            await using var restored = await Shard.OpenAsync(bench.Context, to, new ShardOptions(), default);
            // Every write makes a row of its own: the state of sequence number S has exactly the versions 1 to S.
            Assert.Equal(Enumerable.Range(1, (int)pin.LastSequence).Select(v => (ulong)v), Versions(restored));
        }
    }

    private static List<ulong> Versions(Shard shard)
    {
        var versions = new List<ulong>();
        ulong? after = null;
        do
        {
            var page = shard.List(after, 0, ShardLimits.PageSizeMax, false, false);
            versions.AddRange(page.Rows.Select(row => row.Version));
            after = page.NextCursor;
        }
        while (after is not null);
        return versions;
    }

    [Fact]
    public async Task Moment_in_the_retained_log_is_restored_and_one_before_it_is_refused()
    {
        var clock = new ManualClock();
        await using var bench = await CreateAsync(clock: clock);
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        clock.Advance(TimeSpan.FromSeconds(10));
        var tooEarly = clock.GetUtcNow().ToUnixTimeMilliseconds();
        clock.Advance(TimeSpan.FromSeconds(10));
        await shard.CheckpointAsync(default);
        clock.Advance(TimeSpan.FromSeconds(10));
        await Write(shard, Put("b", [2, 0]));
        clock.Advance(TimeSpan.FromSeconds(10));
        var moment = clock.GetUtcNow().ToUnixTimeMilliseconds();
        clock.Advance(TimeSpan.FromSeconds(10));
        await Write(shard, Delete("a"));
        await shard.PinAsync("s", default);

        await RestoreAsync(bench, "s", To, false, moment);
        await using var restored = await OpenAsync(bench);
        Assert.Equal(["a", "b"], Content(restored).Select(r => r.Id));
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => RestoreAsync(bench, "s", new ShardAddress("db_x", 0), false, tooEarly));
        Assert.Equal(RefusalCodes.InvalidArgument, refusal.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Restore_that_died_anywhere_is_carried_on_by_the_next_attempt(bool share)
    {
        await using var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(2) });
        var shard = await bench.OpenAsync();
        var expected = await FillAsync(shard);
        await shard.PinAsync("s", default);
        for (var fatal = 1; ; fatal++)
        {
            var to = new ShardAddress($"db_{fatal}", 0);
            var count = 0;
            bench.Store.OnBefore = (_, _) => ++count >= fatal ? throw new BlobStoreException("the node is dead") : Task.CompletedTask;
            var died = false;
            try
            {
                await RestoreAsync(bench, "s", to, share, null);
            }
            catch (RefusalException)
            {
                died = true;
            }

            bench.Store.OnBefore = null;
            await RestoreAsync(bench, "s", to, share, null);
            await using (var restored = await Shard.OpenAsync(bench.Context, to, new ShardOptions(), default))
                Assert.Equal(expected, Content(restored));
            if (!died)
                return;
        }
    }

    [Fact]
    public async Task Restore_that_is_late_makes_nothing_of_what_was_deleted_meanwhile()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await FillAsync(shard);
        await shard.PinAsync("s", default);
        Assert.Equal(RefusalCodes.Gone, (await Assert.ThrowsAsync<RefusalException>(() => ShardRestore.RestoreAsync(bench.Context, bench.Address, "s", To, false, null, default))).Code);

        await ShardManifests.CreateAsync(bench.Context, To, BirthOf(bench), default);
        var isDeleted = false;
        bench.Store.OnBefore = async (_, name) =>
        {
            if (!isDeleted && name.StartsWith(To.SegmentPrefix, StringComparison.Ordinal))
            {
                isDeleted = true;
                await ShardManifests.MarkDeletingAsync(bench.Context, To, default);
                await ShardManifests.RemoveAsync(bench.Context, To, default);
            }
        };
        Assert.Equal(RefusalCodes.Gone, (await Assert.ThrowsAsync<RefusalException>(() => ShardRestore.RestoreAsync(bench.Context, bench.Address, "s", To, false, null, default))).Code);
        Assert.Null(await ShardManifests.ReadAsync(bench.Context, To, default));
    }

    [Fact]
    public async Task Restore_that_was_overtaken_adds_nothing_to_what_was_written_since()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await FillAsync(shard);
        await shard.PinAsync("s", default);
        var isOvertaken = false;
        List<(string Id, ulong Version, string Values)> expected = [];
        bench.Store.OnBefore = async (operation, name) =>
        {
            // The log of the restored shard has been read to its end by then.
            if (isOvertaken || operation != BlobOperation.Read || !name.StartsWith(bench.Address.LogPrefix, StringComparison.Ordinal))
                return;
            isOvertaken = true;
            await RestoreAsync(bench, "s", To, false, null);
            await using var other = await OpenAsync(bench);
            await Write(other, Put("own", [7, 7]), Delete("a"));
            expected = Content(other);
        };
        Assert.Equal(RefusalCodes.Fenced, (await Assert.ThrowsAsync<RefusalException>(() => RestoreAsync(bench, "s", To, false, null))).Code);
        await RestoreAsync(bench, "s", To, false, null);
        await using var restored = await OpenAsync(bench);
        Assert.Equal(expected, Content(restored));
    }

    [Theory]
    [InlineData("/rows")]
    [InlineData("/deletes-")]
    [InlineData("/requests/")]
    public async Task Copy_of_something_damaged_is_no_restore_and_the_next_attempt_copies_it_anew(string part)
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, [.. Enumerable.Range(0, 8).Select(i => Put($"v{i}", [i, 0]))]);
        await shard.CheckpointAsync(default);
        await Write(shard, Delete("v0"));
        await shard.CheckpointAsync(default);
        var expected = Content(shard);
        await shard.PinAsync("s", default);
        var blob = bench.Store.Names(bench.Address.Prefix).First(name => name.Contains(part, StringComparison.Ordinal));
        bench.Store.FlipBit(blob, 33);
        Assert.Equal(RefusalCodes.ShardDamaged, (await Assert.ThrowsAsync<RefusalException>(() => RestoreAsync(bench, "s", To, false, null))).Code);
        bench.Store.FlipBit(blob, 33);
        await RestoreAsync(bench, "s", To, false, null);
        await using var restored = await OpenAsync(bench);
        Assert.Equal(expected, Content(restored));
    }

    [Fact]
    public async Task Request_ids_come_along()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        WriteBatch[] batches = [.. Enumerable.Range(0, 2).Select(i => new WriteBatch { RequestId = $"r{i}", Items = [Put($"v{i}", [i, 0])] })];
        var first = await shard.WriteAsync(batches[0], default);
        await shard.CheckpointAsync(default);
        var second = await shard.WriteAsync(batches[1], default);
        await shard.PinAsync("s", default);
        await RestoreAsync(bench, "s", To, false, null);
        await using var restored = await OpenAsync(bench);
        Assert.Equal(first.Items, (await restored.WriteAsync(batches[0], default)).Items);
        Assert.Equal(second.Items, (await restored.WriteAsync(batches[1], default)).Items);
        Assert.Equal(2ul, restored.Stats.Sequence);
    }

    /// <summary>Two segments with deletes, and a log behind them.</summary>
    private static async Task<List<(string Id, ulong Version, string Values)>> FillAsync(Shard shard)
    {
        await Write(shard, Put("a", [1, 0]), Put("x", [5, 5]));
        await shard.CheckpointAsync(default);
        await Write(shard, Put("b", [2, 0]), Delete("x"));
        await shard.CheckpointAsync(default);
        await Write(shard, Put("c", [3, 0]), Put("y", [6, 6]));
        await Write(shard, Delete("y"));
        return Content(shard);
    }

    /// <summary>As the control plane does it: an empty shard first.</summary>
    private static async Task RestoreAsync(ShardBench bench, string pinId, ShardAddress to, bool share, long? untilMs)
    {
        if (await ShardManifests.ReadAsync(bench.Context, to, default) is null)
            await ShardManifests.CreateAsync(bench.Context, to, BirthOf(bench), default);
        await ShardRestore.RestoreAsync(bench.Context, bench.Address, pinId, to, share, untilMs, default);
    }

    private static ShardBirth BirthOf(ShardBench bench) => new(0, ulong.MaxValue, 1, bench.Config);

    private static Task<Shard> OpenAsync(ShardBench bench) => Shard.OpenAsync(bench.Context, To, new ShardOptions(), default);

    private static List<(string Id, ulong Version, string Values)> Content(Shard shard) =>
        [.. shard.List(null, 0, 1000, true, true).Rows.Select(r => (r.IdText, r.Version, Convert.ToHexString(r.Values!)))];
}
