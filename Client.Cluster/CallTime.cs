using JadeVector.Hosting.Edge;

namespace JadeVector.Client.Cluster;

/// <summary>How long one call may take.</summary>
internal sealed class CallTime : IDisposable
{
    private readonly CancellationTokenSource _timeout;
    private readonly CancellationTokenSource _either;

    /// <param name="outer">Ends the call as well.</param>
    public CallTime(TimeSpan timeout, TimeProvider clock, CancellationToken outer)
    {
        Deadline = clock.GetUtcNow() + timeout;
        _timeout = new CancellationTokenSource(timeout + EdgeTime.Grace, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_timeout.Token, outer);
    }

    /// <summary>When the answer stops being of use, UTC.</summary>
    public DateTimeOffset Deadline { get; }

    /// <summary>Fires a little after the deadline, or when the caller gives up.</summary>
    public CancellationToken Token => _either.Token;

    public void Dispose()
    {
        _either.Dispose();
        _timeout.Dispose();
    }
}
