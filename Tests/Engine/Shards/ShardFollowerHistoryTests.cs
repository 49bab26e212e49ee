using System.Globalization;
using System.Text;
using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>
/// Owners that write, make checkpoints, die and take over from one another, and copies that follow them, every call to the store at a place
/// in time that the seed decides, some of them failing. What a copy shows is at every moment the shard as it was after some write; a verified
/// read shows every write that was acknowledged before it began. A failure names its seed; the same seed gives the same run.
/// </summary>
public sealed class ShardFollowerHistoryTests
{
    private static readonly int SeedCount = int.TryParse(Environment.GetEnvironmentVariable("JADE_TEST_SEEDS"), out var seeds) ? seeds : 60;

    [Fact]
    public void Copy_shows_a_prefix_of_the_history_and_a_verified_read_all_of_it()
    {
        var (reads, verified, reopened) = (0, 0, 0);
        for (var seed = 0; seed < SeedCount; seed++)
        {
            var history = new History(seed);
            history.Run();
            reads += history.ReadCount;
            verified += history.VerifiedCount;
            reopened += history.ReopenedCount;
        }

        // The runs must be about something.
        Assert.True(reads > 15 * SeedCount, $"only {reads} reads in {SeedCount} runs");
        Assert.True(verified > 4 * SeedCount, $"only {verified} verified reads in {SeedCount} runs");
        Assert.True(reopened > SeedCount / 4, $"only {reopened} copies were opened anew in {SeedCount} runs");
    }

    private sealed class History
    {
        private const int IdCount = 6;

        private static readonly ShardOptions Options = new()
        {
            Log = new ShardLogOptions { LogSizeBytes = 4096, AppendCount = 5, AttemptTimeout = TimeSpan.FromSeconds(2), OperationTimeout = TimeSpan.FromSeconds(12) },
        };

        private readonly int _seed;
        private readonly ManualClock _clock = new();
        private readonly SimulatedBlobStore _store = new();
        private readonly SeededInterleaving _time;
        private readonly EngineContext _context;
        private readonly ShardAddress _address = new("db_test", 0);
        private readonly Random _random;
        private readonly SortedDictionary<ulong, (string Id, string? Mark)> _written = []; // by sequence; a null mark is a delete
        private readonly List<(ulong Sequence, string[] Rows, ulong AtLeast, string Where)> _seen = [];
        private readonly List<string> _trace = [];
        private ulong _acknowledged;
        private int _marks;
        private bool _ended;

        public History(int seed)
        {
            _seed = seed;
            _time = new SeededInterleaving(seed, _clock);
            _random = _time.Random;
            _context = new EngineContext(_store, _clock, new InlineWorkScheduler(), new SeededIdSource(seed));
        }

        public int ReadCount => _seen.Count;

        public int VerifiedCount => _seen.Count(s => s.AtLeast > 0);

        public int ReopenedCount { get; private set; }

        public void Run()
        {
            using var store = _store;
            try
            {
                var birth = new ShardBirth(0, ulong.MaxValue, 1, ShardBench.ConfigOf(index: ShardIndexKind.Flat));
                ShardManifests.CreateAsync(_context, _address, birth, default).GetAwaiter().GetResult();
                var faultPercent = _seed % 3 * 2; // every third run is free of faults: only the order is random
                _store.OnBefore = (operation, name) => MisfortuneAsync(faultPercent, operation, name);
                _store.OnAfter = (operation, name) => MisfortuneAsync(faultPercent, operation, name);
                _time.Run([EndAfterAsync, () => FollowAsync(0), () => FollowAsync(1)]);
                Check();
            }
            catch (Exception problem)
            {
                throw new InvalidOperationException($"Seed {_seed}: {problem.Message}\n{string.Join('\n', _trace.TakeLast(40))}", problem);
            }
        }

        private async Task MisfortuneAsync(int percent, BlobOperation operation, string name)
        {
            await _time.GateAsync();
            if (_random.Next(100) < percent)
                throw new BlobStoreException($"Simulated: {operation} of '{name}' went wrong.");
        }

        private async Task EndAfterAsync()
        {
            try
            {
                await OwnAsync();
            }
            finally
            {
                _ended = true;
            }
        }

        private async Task OwnAsync()
        {
            Shard? owner = null;
            for (var step = 0; step < 30; step++)
            {
                Note($"step {step}, acknowledged {_acknowledged}");
                owner ??= await PersistAsync(() => Shard.OpenAsync(_context, _address, Options, default));
                if (_random.Next(6) == 0)
                {
                    await AttemptAsync(() => owner.CheckpointAsync(default));
                }
                else if (_random.Next(6) == 0)
                {
                    await owner.DisposeAsync(); // as when its node dies; whoever is next fences its log
                    owner = null;
                }
                else
                {
                    owner = await WriteAsync(owner);
                }
            }

            if (owner is not null)
                await owner.DisposeAsync();
        }

        /// <summary>Writes one item, by another owner where need be, until it is known that it was written.</summary>
        private async Task<Shard> WriteAsync(Shard owner)
        {
            var id = "v" + _random.Next(IdCount).ToString(CultureInfo.InvariantCulture);
            var mark = $"{{\"m\":{_marks++}}}";
            var item = _random.Next(4) == 0 ? ShardBench.Delete(id) : ShardBench.Put(id, [_random.Next(5), 1], mark);
            var batch = new WriteBatch { RequestId = $"r{_marks}", Items = [item] };
            while (true)
            {
                try
                {
                    var outcome = await owner.WriteAsync(batch, default);
                    if (outcome.Items[0] is { Status: not WriteItemStatus.NotFound, Version: var version })
                        _written.Add(version, (id, item.Kind is WriteItemKind.Delete ? null : mark));
                    _acknowledged = Math.Max(_acknowledged, outcome.Sequence);
                    return owner;
                }
                catch (RefusalException refusal)
                {
                    Note($"write {batch.RequestId}: {refusal.Code} {refusal.Message}");
                    if (!owner.MustReopen && _random.Next(2) == 0)
                        continue;
                    await owner.DisposeAsync();
                    owner = await PersistAsync(() => Shard.OpenAsync(_context, _address, Options, default));
                }
            }
        }

        private async Task FollowAsync(int number)
        {
            await using var follower = await PersistAsync(() => ShardFollower.OpenAsync(_context, _address, Options, new FollowerOptions(), default));
            var covered = follower.Stats.CoveredSequence;
            for (var read = 0; !_ended || read < 3; read++)
            {
                var guarantee = (ReadGuarantee)_random.Next(3);
                var before = guarantee is ReadGuarantee.Strong ? _acknowledged : 0;
                if (await AttemptAsync(() => follower.EnsureReadableAsync(guarantee, 0, _clock.GetUtcNow() + TimeSpan.FromSeconds(20), default)))
                    Look(follower, before, $"copy {number}, read {read} ({guarantee})");
                ReopenedCount += follower.Stats.CoveredSequence > covered ? 1 : 0;
                covered = follower.Stats.CoveredSequence;
                await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(1, 700)), _clock);
            }
        }

        private void Look(ShardFollower follower, ulong atLeast, string where)
        {
            var found = follower.Search(new ShardQuery { Query = ShardBench.Bytes(0, 0), TopK = 100, Exact = true, IncludeMetadata = true }, default);
            string[] rows = [.. found.Hits.Select(h => $"{h.Vector.IdText} {h.Vector.Version} {Encoding.UTF8.GetString(h.Vector.Metadata!)}").Order(StringComparer.Ordinal)];
            _seen.Add((found.Explain.Sequence, rows, atLeast, where));
        }

        private void Note(string what) => _trace.Add($"{_clock.GetUtcNow():HH:mm:ss.fff} {what}");

        private async Task<T> PersistAsync<T>(Func<Task<T>> call)
        {
            while (true)
            {
                try
                {
                    return await call();
                }
                catch (RefusalException refusal) when (refusal.Code is RefusalCodes.StorageUnavailable)
                {
                    Note($"open: {refusal.Message}"); // the store was asked in vain for seconds: ask again
                }
            }
        }

        private async Task<bool> AttemptAsync(Func<Task> call)
        {
            try
            {
                await call();
                return true;
            }
            catch (RefusalException refusal) when (refusal.Code is RefusalCodes.StorageUnavailable or RefusalCodes.DeadlineExceeded or RefusalCodes.Fenced or RefusalCodes.Lagging)
            {
                Note($"{refusal.Code} {refusal.Message}");
                return false;
            }
        }

        private void Check()
        {
            foreach (var (sequence, rows, atLeast, where) in _seen)
            {
                Assert.True(sequence >= atLeast, $"{where}: sequence {sequence}, and {atLeast} was acknowledged before");
                var live = new Dictionary<string, string>();
                foreach (var (version, (id, mark)) in _written.TakeWhile(w => w.Key <= sequence))
                {
                    live.Remove(id);
                    if (mark is not null)
                        live.Add(id, $"{id} {version} {mark}");
                }

                string[] expected = [.. live.Values.Order(StringComparer.Ordinal)];
                Assert.True(expected.SequenceEqual(rows), $"{where} at {sequence}: [{string.Join(", ", rows)}] in place of [{string.Join(", ", expected)}]");
            }
        }
    }
}
