using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace JadeVector.Embedded;

/// <summary>
/// Runs grains in this process. It is the slice of Microsoft Orleans' programming model that this product's grains use, under the
/// same names and with the same semantics, for machines whose package feed has no Orleans and for an instant start:
/// <code>
/// GrainProxy --Send--> GrainCall --Deliver--> Activation (queue, interleaving rules) --turns--> ActivationScheduler
///                      copies, time-out        made and ended by this host               one at a time, on the pool
/// </code>
/// No networking, no membership, no placement: that is what Orleans is for. What grains do not use is not here.
/// <c>Tests/HostConformance</c> holds both hosts to the same behaviour.
/// </summary>
internal sealed class EmbeddedGrainHost : IGrainFactory, IHostedService
{
    private readonly GrainCatalog _catalog;
    private readonly ConcurrentDictionary<GrainId, Activation> _activations = new();
    private readonly ConcurrentDictionary<GrainId, StatelessWorkers> _workers = new();
    private ITimer? _collector;
    private ITimer? _reminders;
    private volatile bool _stopping;

    public EmbeddedGrainHost(
        IServiceProvider services, IOptions<EmbeddedGrainOptions> options, TimeProvider clock, ILogger<EmbeddedGrainHost> logger)
    {
        Services = services;
        Options = options.Value;
        Clock = clock;
        Logger = logger;
        _catalog = GrainCatalog.Of([.. Options.Assemblies, typeof(ReminderGrain).Assembly]);
    }

    public IServiceProvider Services { get; }

    public EmbeddedGrainOptions Options { get; }

    public TimeProvider Clock { get; }

    public ILogger Logger { get; }

    // Read late: a filter may itself ask for the grain factory.
    public IIncomingGrainCallFilter[] Filters => field ??= [.. Services.GetServices<IIncomingGrainCallFilter>()];

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey)
        where TGrainInterface : IGrainWithStringKey =>
        (TGrainInterface)(object)GrainProxy.Create(this, _catalog[typeof(TGrainInterface)], primaryKey);

    public TGrainInterface GetGrain<TGrainInterface>(long primaryKey)
        where TGrainInterface : IGrainWithIntegerKey =>
        (TGrainInterface)(object)GrainProxy.Create(this, _catalog[typeof(TGrainInterface)], GrainIdKeyExtensions.CreateIntegerKey(primaryKey).ToString()!);

    /// <summary>A reference to a grain as the receiver of its reminders.</summary>
    public IRemindable GetRemindable(GrainId grain) => (IRemindable)(object)GrainProxy.Create(this, _catalog.Remindable(grain.Type), grain.Key.ToString()!);

    /// <summary>Copies the arguments and sends the call on its way.</summary>
    public Task Send(GrainMethod method, GrainReferenceTarget target, object?[] arguments)
    {
        if (method.CancellationIndex >= 0)
            ((CancellationToken)arguments[method.CancellationIndex]!).ThrowIfCancellationRequested();
        method.CopyArguments(arguments);
        var call = method.CreateCall(this, target, arguments);
        if (Options.Route is { } route)
            route(call);
        else
            Deliver(call);
        return call.Task;
    }

    /// <summary>Puts the call into the queue of its grain's activation, which is made where there is none.</summary>
    public void Deliver(GrainCall call)
    {
        while (true)
        {
            if (call.Target.Class.MaxLocalWorkers is not null)
            {
                var workers = FindOrCreate(_workers, call, static (host, target) => new StatelessWorkers(host, target));
                if (workers is null || workers.TryReceive(call))
                    return;
            }
            else
            {
                var activation = FindOrCreate(_activations, call, static (host, target) => new Activation(host, target, null));
                if (activation is null || activation.TryReceive(call))
                    return;
            }
        }
    }

    public void Remove(Activation activation, StatelessWorkers? workers)
    {
        if (workers is null)
            _activations.TryRemove(KeyValuePair.Create(activation.GrainId, activation));
        else if (workers.Remove(activation))
            _workers.TryRemove(KeyValuePair.Create(activation.GrainId, workers));
    }

    /// <summary>A timer that carries nothing of the flow of control which makes it.</summary>
    public ITimer CreateTimer(TimerCallback callback, object state, TimeSpan due)
    {
        var suppressed = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        try
        {
            return Clock.CreateTimer(callback, state, due, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            suppressed?.Undo();
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _collector = Clock.CreateTimer(static host => ((EmbeddedGrainHost)host!).CollectIdle(), this, Options.CollectionQuantum, Options.CollectionQuantum);
        if (Options.ReminderStorage is not null)
            _reminders = Clock.CreateTimer(static host => _ = ((EmbeddedGrainHost)host!).WakeRemindersAsync(), this, TimeSpan.Zero, Options.MinimumReminderPeriod);
        return Task.CompletedTask;
    }

    /// <summary>Ends every activation; calls that need a new one are refused from now on.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopping = true;
        _collector?.Dispose();
        _reminders?.Dispose();

        // An activation may have been on its way in when stopping began: look again until none is left.
        while (Activations() is { Length: > 0 } activations)
        {
            foreach (var activation in activations)
                activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ShuttingDown, "The host stops."), cancellationToken);
            await Task.WhenAll(activations.Select(activation => activation.Deactivated)).WaitAsync(cancellationToken);
        }
    }

    private async Task WakeRemindersAsync()
    {
        try
        {
            await GetGrain<IReminderTable>(0).Wake();
        }
        catch (Exception problem)
        {
            Logger.LogWarning(problem, "Reminders cannot be read; they are tried again in {Period}", Options.MinimumReminderPeriod);
        }
    }

    private void CollectIdle()
    {
        foreach (var activation in Activations())
            activation.CollectIfIdle();
    }

    // In an order that does not depend on hash codes, which differ from process to process.
    private Activation[] Activations() =>
        [.. _activations.Values.Concat(_workers.Values.SelectMany(workers => workers.Snapshot())).OrderBy(a => a.GrainId.ToString(), StringComparer.Ordinal)];

    private T? FindOrCreate<T>(ConcurrentDictionary<GrainId, T> all, GrainCall call, Func<EmbeddedGrainHost, GrainReferenceTarget, T> create)
        where T : class
    {
        if (all.TryGetValue(call.Target.GrainId, out var found))
            return found;
        if (_stopping)
        {
            call.Reject(new SiloUnavailableException($"The local Orleans host is shutting down and can no longer process the request: {call}."));
            return null;
        }

        var created = create(this, call.Target);
        found = all.GetOrAdd(call.Target.GrainId, created);
        if (ReferenceEquals(found, created))
            (created as Activation)?.Activate();
        return found;
    }
}
