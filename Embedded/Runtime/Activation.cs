using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace JadeVector.Embedded;

/// <summary>
/// One activation of a grain: its object, its queue, and what runs. Items start in the order of their arrival as far as the
/// interleaving rules admit. All fields below <c>_gate</c> are guarded by it; grain code runs outside of it.
/// </summary>
internal sealed partial class Activation : IGrainContext
{
    private static readonly Func<object?, Task> RunTurn = static state =>
    {
        var (activation, item) = ((Activation, WorkItem))state!;
        return activation.RunAsync(item);
    };

    private readonly EmbeddedGrainHost _host;
    private readonly GrainClass _class;
    private readonly ActivationScheduler _scheduler;
    private readonly AsyncServiceScope _scope;
    private readonly List<IActivationState> _states = [];

    private readonly Lock _gate = new();
    private readonly List<WorkItem> _waiting = [];
    private readonly List<WorkItem> _running = [];
    private readonly HashSet<GrainTimer> _timers = [];
    private ActivationStage _stage = ActivationStage.Activating;
    private WorkItem? _blocking;
    private DeactivationReason _reason;
    private CancellationToken _deactivationToken;
    private bool _wasActive;
    private bool _ending;
    private long _idleSince;
    private DateTimeOffset _keepAliveUntil;

    public Activation(EmbeddedGrainHost host, GrainReferenceTarget target, StatelessWorkers? workers)
    {
        _host = host;
        _class = target.Class;
        _workers = workers;
        GrainId = target.GrainId;
        _scheduler = new ActivationScheduler(this, host.Options.RunTurn);
        _scope = host.Services.CreateAsyncScope();
        _idleSince = host.Clock.GetTimestamp();
    }

    public GrainId GrainId { get; }

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope.ServiceProvider;

    public Task Deactivated => _deactivated.Task;

    public ILogger Logger => _host.Logger;

    public IIncomingGrainCallFilter[] Filters => _host.Filters;

    public bool HasFilters => Filters.Length > 0 || GrainInstance is IIncomingGrainCallFilter;

    /// <summary>Items that wait, for the choice of a stateless worker; -1 when nothing waits or runs.</summary>
    public int Load
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count == 0 && _running.Count == 0 && _stage == ActivationStage.Active ? -1 : _waiting.Count;
            }
        }
    }

    /// <summary>Queues the item; false when this activation is over.</summary>
    public bool TryReceive(WorkItem item)
    {
        lock (_gate)
        {
            if (_stage == ActivationStage.Ended)
                return false;
            _waiting.Add(item);
            StartWhatMayRun();
            return true;
        }
    }

    public void AddState(IActivationState state) => _states.Add(state);

    public IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        if (!ReferenceEquals(ActivationScheduler.CurrentActivation, this))
            throw new InvalidOperationException($"A timer of {GrainId} is made from outside its activation.");
        lock (_gate)
        {
            var timer = new GrainTimer(_host, this, callback, options);
            _timers.Add(timer);
            return timer;
        }
    }

    public void OnTimerDisposed(GrainTimer timer)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
        }
    }

    /// <summary>An inconsistent state leaves the grain: what it holds in memory is wrong, so this activation ends.</summary>
    public void OnCallFailed(Exception exception)
    {
        if (exception is not InconsistentStateException { IsSourceActivation: true } inconsistent)
            return;
        inconsistent.IsSourceActivation = false;
        Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, exception, "A state was changed by somebody else."));
    }

    private async Task RunAsync(WorkItem item)
    {
        await item.RunAsync(this);
        lock (_gate)
        {
            _running.Remove(item);
            if (ReferenceEquals(_blocking, item))
                _blocking = null;
            if (item.KeepsAlive)
                _idleSince = _host.Clock.GetTimestamp();
            StartWhatMayRun();
        }
    }

    private void StartWhatMayRun()
    {
        if (_stage == ActivationStage.Active)
        {
            for (var i = 0; i < _waiting.Count;)
            {
                var item = _waiting[i];
                if (!MayRun(item))
                {
                    i++;
                    continue;
                }

                _waiting.RemoveAt(i);
                _running.Add(item);
                if (!item.AlwaysInterleaves)
                    _blocking ??= item;
                Start(RunTurn, (this, item));
            }
        }
        else if (_stage == ActivationStage.Deactivating && _running.Count == 0 && !_ending)
        {
            _ending = true;
            Start(static activation => ((Activation)activation!).EndAsync(), this);
        }
    }

    private bool MayRun(WorkItem item) =>
        _running.Count == 0 || item.AlwaysInterleaves || _blocking is null || (_blocking.IsReadOnly && item.IsReadOnly) || _class.IsReentrant;

    private void Start(Func<object?, Task> turn, object state)
    {
        // What the caller keeps in its flow of control is not the callee's: only RequestContext crosses.
        var suppressed = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        try
        {
            new Task<Task>(turn, state).Start(_scheduler);
        }
        finally
        {
            suppressed?.Undo();
        }
    }
}

internal enum ActivationStage
{
    /// <summary>The grain object is made, its states are read, OnActivateAsync runs; calls wait.</summary>
    Activating,

    Active,

    /// <summary>Running calls finish, then OnDeactivateAsync runs; later calls wait for the next activation.</summary>
    Deactivating,

    Ended,
}
