namespace JadeVector.Engine.Shards;

/// <summary>How a copy follows its shard's owner; nothing here changes what is stored.</summary>
public sealed record FollowerOptions
{
    /// <summary>Pause between two looks at the log while writes come.</summary>
    public TimeSpan PauseMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The pause doubles up to this while none come: what an eventual read of a healthy copy may miss, and one reading of the log.</summary>
    public TimeSpan PauseMax { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Eventual reads are refused once the last look that came to the log's end is this long ago.</summary>
    public TimeSpan LagMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the manifest is read, to learn of checkpoints and to let go of memory that they have turned into segments.</summary>
    public TimeSpan ManifestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause after a look that failed.</summary>
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The options, if each is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not; the message names it and its range.</exception>
    public FollowerOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PauseMin, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(PauseMax, PauseMin);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(LagMax, PauseMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(ManifestPause, PauseMin);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RetryPause, TimeSpan.Zero);
        return this;
    }
}
