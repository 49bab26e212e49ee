namespace JadeVector.Engine.Witnesses;

/// <summary>How far a node has seen a shard in the store: whatever a store that keeps its word shows later is no less.</summary>
/// <param name="EditCounter">Of the newest manifest seen; 0 when none was.</param>
/// <param name="EditNonce">Of that manifest.</param>
/// <param name="Sequence">The last durable sequence number seen; 0 when none was.</param>
/// <param name="Log">Name of the log that it was seen in; empty when none was.</param>
/// <param name="LogBytes">Bytes of that log up to and with it.</param>
public readonly record struct ShardSighting(ulong EditCounter, ulong EditNonce, ulong Sequence, string Log, long LogBytes)
{
    public static ShardSighting None => new(0, 0, 0, "", 0);

    /// <summary>The further of both, in the manifest and in the log.</summary>
    public ShardSighting Or(ShardSighting other)
    {
        var (edit, log) = (other.EditCounter > EditCounter ? other : this, IsBehind(other) ? other : this);
        return new ShardSighting(edit.EditCounter, edit.EditNonce, log.Sequence, log.Log, log.LogBytes);
    }

    /// <summary>A batch may take no sequence number: then the log alone grows.</summary>
    private bool IsBehind(ShardSighting other) =>
        other.Sequence > Sequence || (other.Sequence == Sequence && (Log.Length == 0 || (other.Log == Log && other.LogBytes > LogBytes)));
}
