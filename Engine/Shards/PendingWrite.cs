namespace JadeVector.Engine.Shards;

/// <summary>A batch that waits for its turn or for its append.</summary>
internal sealed class PendingWrite(PreparedBatch batch, DateTimeOffset deadline)
{
    private readonly TaskCompletionSource<WriteOutcome> _ended = new();

    public PreparedBatch Batch { get; } = batch;

    public DateTimeOffset Deadline { get; } = deadline;

    public Task<WriteOutcome> Ended => _ended.Task;

    /// <summary>Under the lock of the queue: nothing of it has been sent.</summary>
    public bool IsQueued { get; set; } = true;

    /// <summary>Retries of the same request that came while this one is under way: they get its answer.</summary>
    public List<PendingWrite> Followers { get; } = [];

    public void Complete(WriteOutcome outcome)
    {
        _ended.TrySetResult(outcome);
        foreach (var follower in Followers)
            follower.Complete(outcome);
    }

    public void Fail(Exception reason)
    {
        _ended.TrySetException(reason);
        foreach (var follower in Followers)
            follower.Fail(reason);
    }
}
