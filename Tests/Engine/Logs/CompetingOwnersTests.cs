using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>
/// Three would-be owners on one shard, every call to the store at a place in time that the seed decides, with calls that fail, answers
/// that get lost and time-outs whose call lands afterwards. A failure names its seed; the same seed gives the same run.
/// </summary>
public sealed class CompetingOwnersTests
{
    /// <summary>A soak run sets JADE_TEST_SEEDS to as many as it has time for.</summary>
    private static readonly int SeedCount = int.TryParse(Environment.GetEnvironmentVariable("JADE_TEST_SEEDS"), out var seeds) ? seeds : 300;

    [Fact]
    public void No_acknowledged_frame_is_lost_and_nothing_fenced_becomes_visible()
    {
        var durable = 0;
        var takeOvers = 0;
        for (var seed = 0; seed < SeedCount; seed++)
        {
            var history = Run(seed);
            durable += history.AcknowledgedCount;
            takeOvers += history.AcquiredCount;
        }

        // The runs must be about something: writes that are acknowledged and owners that take over from one another.
        Assert.True(durable > 10 * SeedCount, $"only {durable} frames were acknowledged in {SeedCount} runs");
        Assert.True(takeOvers > 3 * SeedCount, $"only {takeOvers} owners took over in {SeedCount} runs");
    }

    [Fact]
    public void Same_seed_gives_the_same_run() => Assert.Equal(Run(7).Trace, Run(7).Trace);

    private static OwnershipHistory Run(int seed)
    {
        var history = new OwnershipHistory();
        try
        {
            using var store = new SimulatedBlobStore();
            var clock = new ManualClock();
            var time = new SeededInterleaving(seed, clock);
            var context = new EngineContext(store, clock, new InlineWorkScheduler(), new SeededIdSource(seed));
            ShardManifests.CreateAsync(context, LogBench.Address, LogBench.Birth, CancellationToken.None).GetAwaiter().GetResult();
            var faultPercent = seed % 4 * 3; // every fourth run is free of faults: only the order is random
            store.OnBefore = async (operation, name) =>
            {
                await time.GateAsync();
                Misfortune(time.Random, faultPercent, operation, name);
            };
            store.OnAfter = async (operation, name) =>
            {
                await time.GateAsync();
                Misfortune(time.Random, faultPercent, operation, name);
            };
            var actors = Enumerable.Range(0, 3).Select(n => new RandomOwner(n, context, time, history)).ToArray();
            time.Run([.. actors.Select(a => (Func<Task>)a.RunAsync)]);

            store.OnBefore = null;
            store.OnAfter = null;
            history.CheckFinal(RandomOwner.ReadAllAsync(context, history).GetAwaiter().GetResult());
            return history;
        }
        catch (Exception problem)
        {
            throw new InvalidOperationException($"Seed {seed}: {problem.Message}\n{string.Join('\n', history.Trace.TakeLast(60))}", problem);
        }
    }

    private static void Misfortune(Random random, int percent, BlobOperation operation, string name)
    {
        if (random.Next(100) < percent)
        {
            throw new BlobStoreException($"Simulated: {operation} of '{name}' went wrong.");
        }
    }
}
