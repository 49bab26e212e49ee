namespace JadeVector.Engine.Shards;

/// <summary>Proof of ownership, shared by all readers that wait for one: at most one check is under way at a time.</summary>
/// <param name="verify">Asks the store; throws when this object no longer speaks for the shard.</param>
/// <param name="clock">Of the engine.</param>
/// <param name="ageMax">How old a proof may be for a bounded read.</param>
internal sealed class OwnershipChecks(Func<Task> verify, TimeProvider clock, TimeSpan ageMax)
{
    private readonly Lock _lock = new();
    private Task? _running;
    private long _startedCount;
    private long _provenCount;
    private long? _provenAt;

    /// <summary>
    /// Returns when a check has succeeded that is recent enough: one that began after this call or, unless <paramref name="strong"/>, not longer
    /// before it than the age that is allowed.
    /// </summary>
    public async Task EnsureAsync(bool strong, CancellationToken cancellation)
    {
        long startedBefore;
        lock (_lock)
            startedBefore = _startedCount;
        while (true)
        {
            Task check;
            lock (_lock)
            {
                // A check that began after this call is recent enough for both, however long it took: it could not be had any fresher.
                if (_provenCount > startedBefore || (!strong && IsProven))
                    return;
                check = _running is { IsCompleted: false } running ? running : _running = CheckAsync();
            }

            await check.WaitAsync(cancellation);
        }
    }

    /// <summary>Whether the last proof is recent enough for a bounded read.</summary>
    public bool IsProven
    {
        get
        {
            lock (_lock)
                return _provenAt is { } at && clock.GetElapsedTime(at) <= ageMax;
        }
    }

    /// <summary>A conditional append that began at that time has succeeded: nobody had fenced the log.</summary>
    public void Prove(long beganAt)
    {
        lock (_lock)
            _provenAt = beganAt;
    }

    private async Task CheckAsync()
    {
        long number;
        var beganAt = clock.GetTimestamp();
        lock (_lock)
            number = ++_startedCount;
        await verify();
        lock (_lock)
        {
            _provenCount = number;
            _provenAt = beganAt;
        }
    }
}
