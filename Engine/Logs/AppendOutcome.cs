namespace JadeVector.Engine.Logs;

/// <summary>What became of a group of frames.</summary>
internal enum AppendOutcome
{
    /// <summary>Every frame of the group is in the log for good: it may be applied and acknowledged.</summary>
    Durable,

    /// <summary>Another owner has taken over (or the shard is being deleted): nothing of the group exists, nor will anything sent later.</summary>
    Fenced,

    /// <summary>
    /// The deadline passed before the store said what became of the group. It stays pending: nothing else is sent before it is
    /// resolved, and it is resolved as durable (see <see cref="ShardLog.TakeLateFrames"/>) or as fenced. Also when the log is gone
    /// because another owner took over and made a checkpoint (then this object is fenced too).
    /// </summary>
    OutcomeUnknown,

    /// <summary>Nothing of the group was sent: an earlier one is still pending, or the store does not answer. The same frames may be offered again.</summary>
    Unavailable,

    /// <summary>
    /// Nothing of the group was sent: an earlier one that had been answered with <see cref="OutcomeUnknown"/> turned out durable.
    /// Apply <see cref="ShardLog.TakeLateFrames"/>, decide again against the new state and offer a new group.
    /// </summary>
    Outdated,
}
