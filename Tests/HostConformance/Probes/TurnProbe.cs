using Orleans.Concurrency;

namespace JadeVector.Tests.HostConformance;

[Alias("probe.ITurnCalls")]
public interface ITurnCalls : IGrain
{
    /// <summary>Holds a turn until the gate opens.</summary>
    [Alias("Block")]
    Task Block(string gate);

    [Alias("BlockShortly"), ResponseTimeout("00:00:00.3")]
    Task BlockShortly(string gate);

    [Alias("BlockReading"), ReadOnly]
    Task BlockReading(string gate);

    /// <summary>Runs between any turns.</summary>
    [Alias("Look"), AlwaysInterleave]
    Task Look();

    [Alias("BlockInterleaved"), AlwaysInterleave]
    Task BlockInterleaved(string gate);

    /// <summary>Yields many times between reading and writing a field; how many calls were ever inside at once.</summary>
    [Alias("Count")]
    Task<int> Count(int yields);

    /// <summary>The total of <see cref="Count"/>.</summary>
    [Alias("Total")]
    Task<int> Total();

    [Alias("AwaitsStayHere")]
    Task<bool> AwaitsStayHere();

    [Alias("WaitForCancellation")]
    Task WaitForCancellation(string gate, CancellationToken cancellation);
}

[Alias("probe.ITurnGrain")]
public interface ITurnGrain : ITurnCalls, IGrainWithStringKey
{
    /// <summary>Calls the other grain, which calls this one.</summary>
    [Alias("CallBack"), ResponseTimeout("00:00:10")]
    Task CallBack(string other);

    [Alias("BeCalled"), ResponseTimeout("00:00:00.3")]
    Task BeCalled();

    [Alias("CallTo")]
    Task CallTo(string target);
}

[Alias("probe.IReentrantTurnGrain")]
public interface IReentrantTurnGrain : ITurnCalls, IGrainWithStringKey
{
    [Alias("CallBack")]
    Task CallBack(string other);

    [Alias("BeCalled")]
    Task BeCalled();

    [Alias("CallTo")]
    Task CallTo(string target);
}

public abstract class TurnGrainBase : Grain, ITurnCalls
{
    private int _inside;
    private int _mostInside;
    private int _total;

    public Task Block(string gate) => Gate.Of(gate).PassAsync();

    public Task BlockShortly(string gate) => Gate.Of(gate).PassAsync();

    public Task BlockReading(string gate) => Gate.Of(gate).PassAsync();

    public Task Look() => Task.CompletedTask;

    public Task BlockInterleaved(string gate) => Gate.Of(gate).PassAsync();

    public async Task<int> Count(int yields)
    {
        _mostInside = Math.Max(_mostInside, ++_inside);
        for (var i = 0; i < yields; i++)
        {
            var total = _total;
            if (i % 8 == 0)
                await Task.Yield();
            _total = Math.Max(total, _total) + 1;
        }

        _inside--;
        return _mostInside;
    }

    public Task<int> Total() => Task.FromResult(_total);

    public async Task<bool> AwaitsStayHere()
    {
        var here = TaskScheduler.Current;
        await Task.Run(() => { });
        var afterPool = ReferenceEquals(here, TaskScheduler.Current);
        await Task.Yield();
        return afterPool && here != TaskScheduler.Default && ReferenceEquals(here, TaskScheduler.Current);
    }

    public async Task WaitForCancellation(string gate, CancellationToken cancellation)
    {
        Gate.Of(gate).Mark();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellation.Register(cancelled.SetResult))
        {
            await cancelled.Task;
        }

        Gate.Of(gate + " cancelled").Mark();
    }
}

public sealed class TurnGrain : TurnGrainBase, ITurnGrain
{
    public Task CallBack(string other) => GrainFactory.GetGrain<ITurnGrain>(other).CallTo(this.GetPrimaryKeyString());

    public Task BeCalled() => Task.CompletedTask;

    public Task CallTo(string target) => GrainFactory.GetGrain<ITurnGrain>(target).BeCalled();
}

[Reentrant]
public sealed class ReentrantTurnGrain : TurnGrainBase, IReentrantTurnGrain
{
    public Task CallBack(string other) => GrainFactory.GetGrain<IReentrantTurnGrain>(other).CallTo(this.GetPrimaryKeyString());

    public Task BeCalled() => Task.CompletedTask;

    public Task CallTo(string target) => GrainFactory.GetGrain<IReentrantTurnGrain>(target).BeCalled();
}
