using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>What fenced owners left behind goes, after the grace time; nothing else ever does.</summary>
public sealed class ShardCollectionTests
{
    private static readonly TimeSpan Grace = new ShardOptions().GarbageGrace;

    [Fact]
    public async Task Leftovers_of_earlier_owners_go_after_the_grace_time_and_nothing_else()
    {
        var clock = new ManualClock();
        await using var bench = await CreateAsync(clock: clock);
        await LiveAsync(bench);
        string[] garbage = [.. new[] { "log/0-", "segments/0-", "requests/0-" }.Select(p => p + new string('a', 32)).Select(n => n.StartsWith("segments", StringComparison.Ordinal) ? n + "/rows" : n)];
        string[] kept = ["log/9-" + new string('b', 32), "segments/notours/rows", "other"];
        foreach (var name in garbage.Concat(kept))
            await bench.Store.PutAsync(bench.Address.Blob(name), new byte[10], PutCondition.None, default);

        var shard = await bench.OpenAsync();
        await Write(shard, Put("new owner", [5, 5]));
        Assert.Subset(bench.Store.Names().ToHashSet(), garbage.Select(bench.Address.Blob).ToHashSet());
        clock.Advance(Grace);
        await UntilAsync(() => shard.Stats.CollectedCount > 0);

        Assert.Equal(garbage.Length, shard.Stats.CollectedCount);
        Assert.Empty(bench.Store.Names().Intersect(garbage.Select(bench.Address.Blob)));
        Assert.Subset(bench.Store.Names().ToHashSet(), kept.Select(bench.Address.Blob).ToHashSet());
        await shard.DisposeAsync();
        Assert.Equal(["a", "b", "new owner"], Ids(Search(await bench.OpenAsync(), [0, 0], 10)));
    }

    /// <summary>The owner dies at every operation of a history of checkpoints and compactions, and the next one collects: all that was acknowledged is there.</summary>
    [Fact]
    public async Task Death_at_any_operation_leaves_garbage_that_the_next_owner_collects_and_no_loss()
    {
        var operations = await CountAsync();
        Assert.True(operations > 50);
        for (var fatal = 1; fatal <= operations; fatal += 3)
            await DieAndCollectAsync(fatal);
    }

    /// <summary>Death in the middle of collecting, at every one of its operations, costs nothing either.</summary>
    [Fact]
    public async Task Death_while_collecting_is_harmless()
    {
        for (var fatal = 1; fatal < 12; fatal++)
        {
            var clock = new ManualClock();
            await using var bench = await CreateAsync(clock: clock);
            await LiveAsync(bench);
            foreach (var letter in "abcdef")
                await bench.Store.PutAsync(bench.Address.Blob("log/0-" + new string(letter, 32)), new byte[1], PutCondition.None, default);
            var owner = await bench.OpenAsync();
            await Write(owner, Put("c", [3, 0]));
            DieAt(bench.Store, fatal);
            clock.Advance(Grace);
            await owner.DisposeAsync();
            bench.Store.OnBefore = null;

            var next = await bench.OpenAsync();
            await Write(next, Put("d", [4, 0]));
            clock.Advance(Grace);
            await UntilAsync(() => bench.Store.Names(bench.Address.LogPrefix).All(n => !n.Contains("log/0-", StringComparison.Ordinal)));
            await next.DisposeAsync();
            Assert.Equal(["a", "b", "c", "d"], Ids(Search(await bench.OpenAsync(), [0, 0], 10)));
        }
    }

    [Fact]
    public async Task Cold_shard_is_open_after_three_dependent_reads()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await Write(shard, Put($"v{i}", [i, 0]), Put($"x{i}", [i, 1]));
            await shard.CheckpointAsync(default);
            await Write(shard, Delete($"x{i}"));
        }

        await shard.CheckpointAsync(default);
        await Write(shard, Put("tail", [9, 0]));
        await shard.DisposeAsync();

        // Operations that are asked for before any of the ones before has been answered do not depend on them: they make one wave.
        var gate = new WaveGate();
        bench.Store.OnBefore = gate.EnterAsync;
        shard = gate.Run(() => bench.OpenAsync());
        bench.Store.OnBefore = null;
        var waves = gate.Waves;
        await shard.EnsureReadableAsync(ReadGuarantee.Bounded, 0, DateTimeOffset.MaxValue, default);

        Assert.Equal(["tail", "v0", "v1", "v2"], Ids(Search(shard, [0, 0], 10)).Order(StringComparer.Ordinal));
        Assert.True(waves.Count <= 3, string.Join(" | ", waves.Select(w => string.Join(", ", w))));
        Assert.Equal((BlobOperation.Get, bench.Address.ManifestBlob), Assert.Single(waves[0]));
        Assert.DoesNotContain(waves.SelectMany(w => w), o => o.Item1 is BlobOperation.Put or BlobOperation.Append or BlobOperation.CreateAppend);
    }

    private static async Task LiveAsync(ShardBench bench)
    {
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]), Put("x", [9, 9]));
        await shard.CheckpointAsync(default);
        await Write(shard, Put("b", [2, 0]), Delete("x"));
        await shard.CheckpointAsync(default);
        await shard.CompactAsync(default);
        await shard.DisposeAsync();
    }

    private static void DieAt(SimulatedBlobStore store, int operation)
    {
        var count = 0;
        store.OnBefore = (_, _) => ++count >= operation ? throw new BlobStoreException("the node is dead") : Task.CompletedTask;
    }

    private static async Task<int> CountAsync()
    {
        await using var bench = await CreateAsync();
        await LiveAsync(bench);
        return bench.Store.History.Count;
    }

    private static async Task DieAndCollectAsync(int fatal)
    {
        var clock = new ManualClock { JumpMax = TimeSpan.FromSeconds(2) };
        await using var bench = await CreateAsync(clock: clock);
        DieAt(bench.Store, fatal);
        try
        {
            await LiveAsync(bench);
        }
        catch (JadeVector.Engine.RefusalException)
        {
            // The node died on the way.
        }

        bench.Store.OnBefore = null;
        var before = await bench.OpenAsync();
        var expected = before.List(null, 0, 10, true, true).Rows.Select(r => (r.IdText, r.Version)).ToArray();
        await Write(before, Put("owner", [7, 7]));
        clock.Advance(Grace);
        await before.CompactAsync(default);
        await before.DisposeAsync();

        var after = await bench.OpenAsync();
        Assert.Equal(expected, after.List(null, 0, 10, true, true).Rows.Select(r => (r.IdText, r.Version)).SkipLast(1));
        await Write(after, Put("owner", [8, 8]));
        clock.Advance(Grace);
        await UntilAsync(() => Leftovers(bench).Count == 0);
        Assert.Empty(Leftovers(bench));
    }

    /// <summary>Blobs of terms before the current one that the manifest does not name.</summary>
    private static List<string> Leftovers(ShardBench bench)
    {
        var manifest = ManifestFormat.Read(bench.Store.Peek(bench.Address.ManifestBlob), bench.Address.ManifestBlob);
        var named = ShardBlobs.NamedBy(manifest);
        return [.. bench.Store.Names(bench.Address.Prefix).Select(n => n[bench.Address.Prefix.Length..]).Where(n => ShardBlobs.EpochOf(n) < manifest.Epoch && !named.Contains(n))];
    }

    /// <summary>Holds operations back until nothing else goes on, and lets all that have gathered go at once.</summary>
    private sealed class WaveGate : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();
        private List<(BlobOperation, string)> _gathered = [];
        private TaskCompletionSource _open = new();
        private bool _isRunning = true;

        public List<List<(BlobOperation Operation, string Name)>> Waves { get; } = [];

        public Task EnterAsync(BlobOperation operation, string name)
        {
            _gathered.Add((operation, name));
            return _open.Task;
        }

        /// <summary>What the shard has begun in the background goes on elsewhere when the opening has ended.</summary>
        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (_ready)
            {
                if (_isRunning)
                {
                    _ready.Enqueue((d, state));
                    return;
                }
            }

            base.Post(d, state);
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing here blocks.");

        /// <summary>Runs on this thread alone, so that a wave is whole when nothing else is left to do.</summary>
        public T Run<T>(Func<Task<T>> work)
        {
            var before = Current;
            SetSynchronizationContext(this);
            try
            {
                var running = work();
                while (!running.IsCompleted)
                    Step();
                return running.GetAwaiter().GetResult();
            }
            finally
            {
                SetSynchronizationContext(before);
                End();
            }
        }

        private void End()
        {
            lock (_ready)
                _isRunning = false;
            while (TryTake(out var next))
                base.Post(next.Callback, next.State);
        }

        private bool TryTake(out (SendOrPostCallback Callback, object? State) next)
        {
            lock (_ready)
                return _ready.TryDequeue(out next);
        }

        private void Step()
        {
            if (TryTake(out var next))
            {
                next.Callback(next.State);
                return;
            }

            Assert.NotEmpty(_gathered);
            var open = _open;
            Waves.Add(_gathered);
            (_gathered, _open) = ([], new TaskCompletionSource());
            open.SetResult();
        }
    }
}
