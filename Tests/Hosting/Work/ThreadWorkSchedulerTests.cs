using System.Globalization;
using JadeVector.Engine;
using JadeVector.Engine.Determinism;
using JadeVector.Hosting.Work;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Hosting.Work;

/// <summary>One thread that is kept busy while the queue fills: what runs when it is let go is no chance.</summary>
public sealed class ThreadWorkSchedulerTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly ThreadWorkScheduler _work;
    private readonly ManualResetEventSlim _go = new();
    private readonly List<string> _ran = [];

    public ThreadWorkSchedulerTests() => _work = new ThreadWorkScheduler(1, _clock);

    public void Dispose()
    {
        _go.Set();
        _work.Dispose();
        _go.Dispose();
    }

    [Fact]
    public async Task Database_that_floods_does_not_keep_others_waiting()
    {
        var busy = await KeepBusyAsync();
        var flood = Enumerable.Range(0, 50).Select(i => Search("flood", $"flood {i}")).ToArray();
        var small = Search("small", "small");
        _go.Set();
        await Task.WhenAll([busy, small, .. flood]);
        Assert.Equal(["flood 0", "small", "flood 1"], _ran[..3]);
    }

    [Fact]
    public async Task Background_work_makes_way_for_searches_and_storage()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads have nice values of their own on Linux alone.");
        var own = NiceOfThisThread();
        Assert.Equal(
            [own, own, Math.Min(own + 10, 19)],
            [await _work.RunAsync(WorkKind.Search, NiceOfThisThread, default), await _work.RunAsync(WorkKind.Storage, NiceOfThisThread, default), await _work.RunAsync(WorkKind.Background, NiceOfThisThread, default)]);
    }

    [Fact]
    public async Task Threads_that_waited_are_called_for_each_piece_of_work_and_all_at_once()
    {
        using var work = new ThreadWorkScheduler(4, _clock);
        for (var round = 0; round < 100; round++)
        {
            using var together = new Barrier(4);
            var met = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => work.RunAsync(WorkKind.Search, () => together.SignalAndWait(TimeSpan.FromSeconds(30)), default)));
            Assert.All(met, Assert.True);
        }
    }

    [Fact]
    public async Task Search_whose_deadline_passed_in_the_queue_does_not_run()
    {
        var busy = await KeepBusyAsync();
        var late = Search("a", "late", _clock.GetUtcNow() + TimeSpan.FromSeconds(1));
        var timely = Search("a", "timely", _clock.GetUtcNow() + TimeSpan.FromSeconds(3));
        _clock.Advance(TimeSpan.FromSeconds(2));
        _go.Set();
        Assert.Equal(RefusalCodes.DeadlineExceeded, (await Assert.ThrowsAsync<RefusalException>(() => late)).Code);
        await Task.WhenAll(busy, timely);
        Assert.Equal(["timely"], _ran);
    }

    [Fact]
    public async Task Full_queue_refuses_the_flood_and_makes_room_for_another_database()
    {
        var busy = await KeepBusyAsync();
        var flood = Enumerable.Range(0, SearchAdmission.InsideMax).Select(i => Search("flood", $"flood {i}")).ToArray();
        Assert.Equal(WorkKind.Search, (await Assert.ThrowsAsync<OverloadedException>(() => Search("flood", "one more"))).Kind);
        var small = Search("small", "small");
        await Assert.ThrowsAsync<OverloadedException>(() => flood[^1]);
        _go.Set();
        await Task.WhenAll([busy, small, .. flood[..^1]]);
        Assert.Equal(SearchAdmission.InsideMax, _ran.Count);
    }

    [Fact]
    public async Task What_waits_is_cancelled_when_the_scheduler_is_disposed_of()
    {
        var busy = await KeepBusyAsync();
        var waits = Search("a", "waits");
        _work.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Search("a", "too late"));
        _go.Set();
        await busy;
        Assert.Empty(_ran);
    }

    [Fact]
    public async Task Admission_hears_how_long_a_search_waited()
    {
        var admission = new SearchAdmission(1, TimeSpan.FromMilliseconds(10), _clock);
        using var work = new ThreadWorkScheduler(1, _clock, admission);
        for (var i = 0; i < 10; i++)
            Assert.True(admission.TryEnter("a"));
        var (begun, go) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new ManualResetEventSlim());
        var busy = work.RunAsync(WorkKind.Search, () => Block(begun, go), CancellationToken.None);
        await begun.Task;
        Assert.Equal(SearchAdmission.InsideMax, admission.Limit);
        var waited = work.SearchAsync(new SearchTurn("a", DateTimeOffset.MaxValue), () => 0, CancellationToken.None);
        _clock.Advance(TimeSpan.FromMilliseconds(11));
        go.Set();
        await Task.WhenAll(busy, waited);
        Assert.Equal(8, admission.Limit);
    }

    private async Task<Task<int>> KeepBusyAsync()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var busy = _work.RunAsync(WorkKind.Search, () => Block(begun, _go), CancellationToken.None);
        await begun.Task;
        return busy;
    }

    private static int Block(TaskCompletionSource begun, ManualResetEventSlim go)
    {
        begun.SetResult();
        go.Wait();
        return 0;
    }

    private Task<int> Search(string database, string name, DateTimeOffset? deadline = null) => _work.SearchAsync(
        new SearchTurn(database, deadline ?? DateTimeOffset.MaxValue),
        () =>
        {
            _ran.Add(name); // by the one thread
            return 0;
        },
        CancellationToken.None);

    /// <summary>The nineteenth field of proc_pid_stat(5); the second, in parentheses, may hold spaces.</summary>
    private static int NiceOfThisThread()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }
}
