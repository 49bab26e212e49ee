using Microsoft.Extensions.Logging;

namespace JadeVector.Embedded;

/// <summary>Puts ticks into the activation's queue. The next period starts when a tick has ended, so ticks never overlap.</summary>
internal sealed class GrainTimer : WorkItem, IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _disposed = new();
    private readonly ITimer _timer;
    private TimeSpan _due;
    private TimeSpan _period;
    private bool _firing;
    private bool _changed;

    public GrainTimer(EmbeddedGrainHost host, Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _callback = callback;
        _options = options;
        _timer = host.CreateTimer(static timer => ((GrainTimer)timer!).Fire(), this, Timeout.InfiniteTimeSpan);
        Change(options.DueTime, options.Period);
    }

    public override bool AlwaysInterleaves => _options.Interleave;

    public override bool IsReadOnly => false;

    public override bool KeepsAlive => _options.KeepAlive;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (_disposed)
        {
            _due = dueTime;
            _period = period;
            _changed = true;
            if (!_firing)
                _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
        }
    }

    public override async Task RunAsync(Activation activation)
    {
        if (_disposed.IsCancellationRequested)
            return;
        _changed = false;
        try
        {
            await _callback(_disposed.Token);
        }
        catch (Exception exception)
        {
            // As in Orleans: a tick that fails does not end the timer.
            activation.Logger.LogWarning(exception, "Exception in a timer of {Grain}", activation.GrainId);
        }

        lock (_disposed)
        {
            _firing = false;
            if (!_disposed.IsCancellationRequested)
                _timer.Change(_changed ? _due : _period, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ticks end with their activation.</summary>
    public override void Reroute(EmbeddedGrainHost host)
    {
    }

    /// <summary>Ticks end with their activation.</summary>
    public override void Reject(Exception exception)
    {
    }

    public void Dispose()
    {
        _disposed.Cancel();
        _timer.Dispose();
        _activation.OnTimerDisposed(this);
    }

    private void Fire()
    {
        lock (_disposed)
        {
            _firing = true;
        }

        _activation.TryReceive(this);
    }
}
