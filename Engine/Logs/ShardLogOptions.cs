namespace JadeVector.Engine.Logs;

/// <summary>When logs roll over and how patiently the store is asked.</summary>
public sealed record ShardLogOptions
{
    /// <summary>
    /// A log that would grow past this many bytes is rolled over; <see cref="LogLimits.LogSizeBytesMin"/> to <see cref="LogLimits.LogSizeBytesMax"/>.
    /// </summary>
    public long LogSizeBytes { get; init; } = LogLimits.LogSizeBytesDefault;

    /// <summary>A log with this many appends is rolled over; <see cref="LogLimits.AppendCountMin"/> to <see cref="LogLimits.AppendCountMax"/>.</summary>
    public int AppendCount { get; init; } = LogLimits.AppendCountDefault;

    /// <summary>How long one call to the store may take before it counts as unanswered and is sent again.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long operations without a deadline of their own (opening, replay, checkpoint, deletion) keep asking.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Pause before the first repetition; it doubles up to <see cref="RetryDelayMax"/>.</summary>
    public TimeSpan RetryDelayFirst { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The options, if each is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not; the message names it and its range.</exception>
    public ShardLogOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(LogSizeBytes, LogLimits.LogSizeBytesMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LogSizeBytes, LogLimits.LogSizeBytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(AppendCount, LogLimits.AppendCountMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(AppendCount, LogLimits.AppendCountMax);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AttemptTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(OperationTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RetryDelayFirst, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelayMax, RetryDelayFirst);
        return this;
    }
}
