namespace JadeVector.Tests.HostConformance;

[Alias("probe.ITimerGrain")]
public interface ITimerGrain : IGrainWithStringKey
{
    /// <summary>A timer that marks the gates <c>{gate} 1</c>, <c>{gate} 2</c> … at its ticks.</summary>
    [Alias("Start")]
    Task Start(string gate, bool interleave);

    /// <summary>Starts such a timer and holds the turn.</summary>
    [Alias("StartAndBlock")]
    Task StartAndBlock(string gate, bool interleave, string block);

    /// <summary>The first tick throws.</summary>
    [Alias("StartFailing")]
    Task StartFailing(string gate);

    [Alias("Stop")]
    Task<int> Stop();

    [Alias("Ticks")]
    Task<int> Ticks();

    [Alias("End")]
    Task End();
}

public sealed class TimerGrain : Grain, ITimerGrain
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(10);

    private IGrainTimer? _timer;
    private int _ticks;
    private int _inside;

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Gate.Of(this.GetPrimaryKeyString() + " deactivated").Mark();
        return Task.CompletedTask;
    }

    public Task Start(string gate, bool interleave)
    {
        var scheduler = TaskScheduler.Current;
        _timer = this.RegisterGrainTimer(
            async _ =>
            {
                if (++_inside != 1 || !ReferenceEquals(scheduler, TaskScheduler.Current))
                    throw new InvalidOperationException("Ticks overlap, or run outside the activation.");
                await Task.Yield();
                Gate.Of($"{gate} {++_ticks}").Mark();
                _inside--;
            },
            new GrainTimerCreationOptions(Period, Period) { Interleave = interleave });
        return Task.CompletedTask;
    }

    public async Task StartAndBlock(string gate, bool interleave, string block)
    {
        await Start(gate, interleave);
        await Gate.Of(block).PassAsync();
    }

    public Task StartFailing(string gate)
    {
        _timer = this.RegisterGrainTimer(
            () =>
            {
                Gate.Of($"{gate} {++_ticks}").Mark();
                return _ticks == 1 ? throw new InvalidOperationException("The first tick fails.") : Task.CompletedTask;
            },
            Period,
            Period);
        return Task.CompletedTask;
    }

    public Task<int> Stop()
    {
        _timer?.Dispose();
        return Task.FromResult(_ticks);
    }

    public Task<int> Ticks() => Task.FromResult(_ticks);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
