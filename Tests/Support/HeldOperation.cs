namespace JadeVector.Tests.Support;

/// <summary>One operation of the simulated store that waits for the test, before its effect or before its answer.</summary>
public sealed class HeldOperation
{
    private readonly bool _afterEffect;
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new();

    internal HeldOperation(BlobOperation operation, string nameContains, bool afterEffect)
    {
        Operation = operation;
        NameContains = nameContains;
        _afterEffect = afterEffect;
    }

    /// <summary>Ends when the operation has arrived and waits.</summary>
    public Task Entered => _entered.Task;

    internal BlobOperation Operation { get; }

    internal string NameContains { get; }

    /// <summary>Lets it go on; its effect, if it was still to come, happens before this returns, even when its caller has given up.</summary>
    public void Release() => _released.TrySetResult();

    internal Task<T> PassAsync<T>(Func<T> effect, CancellationToken cancellation)
    {
        var passing = PassAsync(effect);
        _entered.TrySetResult();
        return passing.WaitAsync(cancellation);
    }

    private async Task<T> PassAsync<T>(Func<T> effect)
    {
        if (_afterEffect)
        {
            var result = effect();
            await _released.Task;
            return result;
        }

        // The continuation runs inside Release, on whichever thread that is: the effect must not wait for the caller's context.
        await _released.Task.ConfigureAwait(false);
        return effect();
    }
}
