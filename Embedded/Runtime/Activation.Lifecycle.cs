using Microsoft.Extensions.Logging;

namespace JadeVector.Embedded;

/// <summary>How an activation begins and ends.</summary>
internal sealed partial class Activation
{
    private readonly StatelessWorkers? _workers;
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Activate() => Start(static activation => ((Activation)activation!).ActivateAsync(), this);

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            BeginEnd(deactivationReason, cancellationToken);
        }
    }

    public void DelayDeactivation(TimeSpan timeSpan)
    {
        lock (_gate)
        {
            _keepAliveUntil = timeSpan == Timeout.InfiniteTimeSpan || timeSpan == TimeSpan.MaxValue
                ? DateTimeOffset.MaxValue
                : _host.Clock.GetUtcNow() + timeSpan;
        }
    }

    /// <summary>Ends the activation if it was idle for as long as its class or the host allows.</summary>
    public void CollectIfIdle()
    {
        lock (_gate)
        {
            var age = _class.CollectionAge ?? _host.Options.CollectionAge;
            if (_stage == ActivationStage.Active && _running.Count == 0 && _waiting.Count == 0
                && _host.Clock.GetElapsedTime(_idleSince) >= age && _keepAliveUntil <= _host.Clock.GetUtcNow())
            {
                BeginEnd(new DeactivationReason(DeactivationReasonCode.ActivationIdle, "The activation was idle."), CancellationToken.None);
            }
        }
    }

    private void BeginEnd(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_stage is ActivationStage.Deactivating or ActivationStage.Ended)
            return;
        _reason = reason;
        _deactivationToken = cancellationToken;
        _wasActive = _stage == ActivationStage.Active;
        _stage = ActivationStage.Deactivating;

        // While it activates, ActivateAsync comes by and goes on from here.
        if (_wasActive)
            StartWhatMayRun();
    }

    private async Task ActivateAsync()
    {
        Exception? failure = null;
        try
        {
            using var timeout = new CancellationTokenSource(_host.Options.ActivationTimeout, _host.Clock);
            GrainInstance = _class.Create(this);
            foreach (var state in _states)
                await state.ReadStateAsync().WaitAsync(timeout.Token);
            await ((IGrainBase)GrainInstance).OnActivateAsync(timeout.Token).WaitAsync(timeout.Token);
        }
        catch (Exception exception)
        {
            // It is the answer to the calls that wait.
            failure = exception;
            Logger.LogWarning(exception, "Failed to activate {Grain}", GrainId);
        }

        lock (_gate)
        {
            if (failure is not null)
                BeginEnd(new DeactivationReason(DeactivationReasonCode.ActivationFailed, failure, "Failed to activate grain."), CancellationToken.None);
            else if (_stage == ActivationStage.Activating)
                _stage = ActivationStage.Active;
            StartWhatMayRun();
        }
    }

    private async Task EndAsync()
    {
        foreach (var timer in TakeTimers())
            timer.Dispose();
        if (_wasActive)
            await RunOnDeactivateAsync();

        // From here on a call makes a new activation.
        _host.Remove(this, _workers);
        List<WorkItem> waiting;
        lock (_gate)
        {
            _stage = ActivationStage.Ended;
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        await DisposeInstanceAsync();
        _deactivated.SetResult();
        foreach (var item in waiting)
        {
            if (_reason.ReasonCode == DeactivationReasonCode.ActivationFailed)
                item.Reject(_reason.Exception!);
            else
                item.Reroute(_host);
        }
    }

    private async Task RunOnDeactivateAsync()
    {
        using var timeout = new CancellationTokenSource(_host.Options.DeactivationTimeout, _host.Clock);
        using var token = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _deactivationToken);
        try
        {
            await ((IGrainBase)GrainInstance!).OnDeactivateAsync(_reason, token.Token).WaitAsync(token.Token);
        }
        catch (Exception exception)
        {
            // As in Orleans: the activation ends all the same.
            Logger.LogWarning(exception, "OnDeactivateAsync of {Grain} failed", GrainId);
        }
    }

    private async Task DisposeInstanceAsync()
    {
        try
        {
            if (GrainInstance is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else if (GrainInstance is IDisposable disposable)
                disposable.Dispose();
            await _scope.DisposeAsync();
        }
        catch (Exception exception)
        {
            // The grain is gone either way; whoever reads the log learns why something may be left open.
            Logger.LogWarning(exception, "Disposing {Grain} failed", GrainId);
        }
    }

    private GrainTimer[] TakeTimers()
    {
        lock (_gate)
        {
            GrainTimer[] timers = [.. _timers];
            _timers.Clear();
            return timers;
        }
    }
}
