using System.Text;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;
using JadeVector.Tests.Support;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>One shard on a simulated store, with as many would-be owners as a test wants.</summary>
internal sealed class LogBench : IDisposable
{
    public static readonly ShardAddress Address = new("db_01hv", 3);

    public static readonly ShardBirth Birth = new(10, 99, 1, new ShardConfig(8, Metric.Cosine, ShardIndexKind.Hnsw, 16, 200, 64));

    private LogBench(ManualClock clock)
    {
        Clock = clock;
        Context = new EngineContext(Store, clock, new NoScheduler(), new SeededIdSource(1));
    }

    public SimulatedBlobStore Store { get; } = new();

    public ManualClock Clock { get; }

    public EngineContext Context { get; }

    public ShardLogOptions Options { get; set; } = new();

    /// <summary>Far enough for every test on a clock that jumps.</summary>
    public DateTimeOffset Soon => Clock.GetUtcNow() + TimeSpan.FromSeconds(25);

    public IReadOnlyList<string> LogBlobs => Store.Names(Address.LogPrefix);

    /// <summary>A shard that was just created.</summary>
    /// <param name="timeOuts">False: calls to the store are waited for as long as the test holds them; pauses cost no time either way.</param>
    public static async Task<LogBench> CreateAsync(bool timeOuts = true)
    {
        var bench = new LogBench(new ManualClock { JumpMax = timeOuts ? TimeSpan.MaxValue : TimeSpan.FromSeconds(1) });
        await ShardManifests.CreateAsync(bench.Context, Address, Birth, CancellationToken.None);
        return bench;
    }

    /// <summary>A store without the shard.</summary>
    public static LogBench Empty() => new(new ManualClock { JumpMax = TimeSpan.MaxValue });

    public Task<ShardLog> OpenAsync() => ShardLog.OpenAsync(Context, Address, Options, CancellationToken.None);

    public async Task<ShardLog> OpenAndReplayAsync()
    {
        var log = await OpenAsync();
        await ReplayAsync(log);
        return log;
    }

    /// <summary>A new owner that knows everything so far.</summary>
    public async Task<ShardLog> OwnAsync()
    {
        var log = await OpenAndReplayAsync();
        await log.AcquireAsync(Soon, CancellationToken.None);
        return log;
    }

    public static async Task<List<string>> ReplayAsync(ShardLog log)
    {
        var texts = new List<string>();
        await foreach (var frame in log.ReplayAsync(CancellationToken.None))
        {
            texts.Add(TextOf(frame));
        }

        return texts;
    }

    /// <summary>What someone who opens the shard now, and has never seen it before, finds in its logs.</summary>
    public async Task<List<string>> ContentAsync() =>
        await ReplayAsync(await ShardLog.OpenAsync(Stranger(), Address, Options, CancellationToken.None));

    /// <summary>Another node on the same store.</summary>
    public EngineContext Stranger() => Context with { Witness = new StoreWitness() };

    public static string TextOf(LogFrame frame) => Encoding.UTF8.GetString(frame.Payload.Span);

    public static FrameDraft Draft(ShardLog log, string text, int itemCount = 1) =>
        new(log.LastSequence + 1, itemCount, new RequestKey(7, 8), Encoding.UTF8.GetBytes(text));

    public Task<AppendOutcome> AppendAsync(ShardLog log, string text) => log.AppendAsync([Draft(log, text)], Soon, CancellationToken.None);

    /// <summary>The blob of the log that the owner writes to.</summary>
    public string LiveBlob(ShardLog log) => Address.LogBlob(log.Manifest.LiveLog);

    public async Task<ShardManifest> ManifestAsync() => (await ShardManifests.ReadAsync(Context, Address, CancellationToken.None))!.Value.Manifest;

    public static async Task<string> RefusedAsync(Func<Task> action) => (await Xunit.Assert.ThrowsAsync<JadeVector.Engine.RefusalException>(action)).Code;

    public void Dispose() => Store.Dispose();

    /// <summary>The log hands no work to other threads.</summary>
    private sealed class NoScheduler : IWorkScheduler
    {
        public int BackgroundParallelism => 1;

        public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation) => throw new NotSupportedException();
    }
}
