using Orleans.Serialization.Invocation;

namespace JadeVector.Embedded;

/// <summary>A call on its way: it ends once, by result, exception, time-out or cancellation; what comes later is dropped.</summary>
internal abstract class GrainCall : WorkItem, IInvokable
{
    // As in Orleans: a call that meets one dying activation after the other is turned away in the end.
    private const int MaxReroutes = 2;

    private readonly Dictionary<string, object>? _requestContext = RequestContext.Current;
    private readonly CancellationTokenSource? _cancellation;
    private readonly CancellationTokenRegistration _registration;
    private readonly ITimer? _timeout;
    private int _reroutes;

    protected GrainCall(EmbeddedGrainHost host, GrainMethod method, GrainReferenceTarget target, object?[] arguments)
    {
        Host = host;
        Method = method;
        Target = target;
        Arguments = arguments;
        Source = ActivationScheduler.CurrentActivation?.GrainId;
        if (method.CancellationIndex >= 0 && arguments[method.CancellationIndex] is CancellationToken { CanBeCanceled: true } token)
        {
            _cancellation = new CancellationTokenSource();
            arguments[method.CancellationIndex] = _cancellation.Token;
            _registration = token.UnsafeRegister(static (call, token) => ((GrainCall)call!).OnCallerCancelled(token), this);
        }

        var timeout = method.ResponseTimeout ?? host.Options.ResponseTimeout;
        _timeout = host.CreateTimer(static call => ((GrainCall)call!).OnTimeout(), this, timeout);
    }

    public GrainMethod Method { get; }

    public GrainReferenceTarget Target { get; }

    public object?[] Arguments { get; }

    /// <summary>The grain that called, null for code outside grains.</summary>
    public GrainId? Source { get; }

    public abstract Task Task { get; }

    public override bool AlwaysInterleaves => Method.AlwaysInterleaves;

    public override bool IsReadOnly => Method.IsReadOnly;

    public override bool KeepsAlive => true;

    protected EmbeddedGrainHost Host { get; }

    public override void Reroute(EmbeddedGrainHost host)
    {
        if (Interlocked.Increment(ref _reroutes) > MaxReroutes)
            Reject(new OrleansMessageRejectionException($"{this} met {MaxReroutes + 1} ending activations in a row."));
        else
            host.Deliver(this);
    }

    public override void Reject(Exception exception)
    {
        Fail(exception);
        Release();
    }

    public int GetArgumentCount() => Arguments.Length;

    public object? GetArgument(int index) => Arguments[index];

    public void SetArgument(int index, object? value) => Arguments[index] = value;

    public override string ToString() => $"{Method.InterfaceName}.{Method.Method.Name} on {Target.GrainId}";

    /// <summary>False when the call has ended already.</summary>
    protected abstract bool Fail(Exception exception);

    protected void EnterRequestContext() => RequestContext.Current = _requestContext;

    protected void Release()
    {
        _timeout?.Dispose();
        _registration.Dispose();
    }

    private void OnTimeout()
    {
        var timeout = Method.ResponseTimeout ?? Host.Options.ResponseTimeout;
        if (Fail(new TimeoutException($"Response did not arrive on time in {timeout} for message: {this}.")))
            Release();
    }

    private void OnCallerCancelled(CancellationToken token)
    {
        if (Fail(new OperationCanceledException(token)))
            _timeout?.Dispose();
        _cancellation!.Cancel();
    }
}

internal sealed class GrainCall<TResult>(EmbeddedGrainHost host, GrainMethod method, GrainReferenceTarget target, object?[] arguments)
    : GrainCall(host, method, target, arguments)
{
    private readonly TaskCompletionSource<TResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Task Task => _completion.Task;

    public override async Task RunAsync(Activation activation)
    {
        // Nobody waits any more: as in Orleans, a call that expired in the queue does not run.
        if (_completion.Task.IsCompleted)
            return;

        EnterRequestContext();
        try
        {
            var result = activation.HasFilters ? await InvokeFiltersAsync(activation) : await InvokeBodyAsync(activation);
            var context = default(CopyContext);
            var answer = Copiers.Copy(result, ref context)!;
            Return(() => _completion.TrySetResult(answer));
        }
        catch (Exception exception)
        {
            // The exception is the outcome, and it is the caller's.
            activation.OnCallFailed(exception);
            var failure = Copiers.CopyException(exception);
            Return(() => Fail(failure));
        }
    }

    protected override bool Fail(Exception exception) => _completion.TrySetException(exception);

    private void Return(Action end)
    {
        void Arrive()
        {
            end();
            Release();
        }

        if (Host.Options.Return is { } carry)
            carry(Arrive);
        else
            Arrive();
    }

    private ValueTask<TResult> InvokeBodyAsync(Activation activation)
    {
        var task = Method.Body(activation.GrainInstance!, Arguments);
        return task is Task<TResult> typed ? new ValueTask<TResult>(typed) : AwaitAsync(task);

        static async ValueTask<TResult> AwaitAsync(Task task)
        {
            await task;
            return default!;
        }
    }

    private async ValueTask<TResult> InvokeFiltersAsync(Activation activation)
    {
        var context = new IncomingCall(this, activation, async () => await InvokeBodyAsync(activation));
        await context.Invoke();
        return context.Result is null ? default! : (TResult)context.Result;
    }
}
