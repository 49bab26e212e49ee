namespace JadeVector.Engine.Shards;

/// <summary>
/// Decides what becomes of the items of batches that will leave together: against what is stored (asked for by id) and what the batches
/// before them, and the items before in the same batch, are going to change.
/// </summary>
internal sealed class BatchDecisions(Func<ulong, ReadOnlyMemory<byte>, ulong> storedVersion, ulong firstSequence)
{
    private readonly Dictionary<IdKey, ulong> _changed = [];

    /// <summary>The sequence number that the next applied item takes.</summary>
    public ulong NextSequence { get; private set; } = firstSequence;

    /// <returns>One per item; a version is the item's sequence number, or that of the conflict.</returns>
    public WriteItemOutcome[] Decide(PreparedBatch batch)
    {
        var first = NextSequence;
        var outcomes = new WriteItemOutcome[batch.Items.Length];
        List<(IdKey Key, ulong? Before)> undo = [];
        var failed = false;
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (item, hash, _) = batch.Items[i];
            var key = new IdKey(hash, item.Id);
            var current = VersionOf(key);
            var status = Judge(item, current);
            outcomes[i] = new WriteItemOutcome(status, status is WriteItemStatus.VersionConflict ? current : 0);
            if (!BatchCodec.IsApplied(status))
            {
                failed |= item.IfVersion is not null || item.MustExist;
                continue;
            }

            undo.Add((key, _changed.TryGetValue(key, out var before) ? before : null));
            outcomes[i] = outcomes[i] with { Version = NextSequence };
            _changed[key] = status is WriteItemStatus.Deleted ? 0 : NextSequence;
            NextSequence++;
        }

        if (batch.Atomic && failed)
        {
            NextSequence = first;
            Undo(undo);
            Withdraw(batch, outcomes);
        }

        return outcomes;
    }

    private static WriteItemStatus Judge(WriteItem item, ulong current)
    {
        if (item.MustExist && current == 0)
            return WriteItemStatus.NotFound;
        if (item.IfVersion is { } version && version != current)
            return WriteItemStatus.VersionConflict;
        if (item.Kind is WriteItemKind.Delete)
            return current == 0 ? WriteItemStatus.NotFound : WriteItemStatus.Deleted;
        return current == 0 ? WriteItemStatus.Created : WriteItemStatus.Replaced;
    }

    // What failed by its own condition keeps its reason, with the version that is really there: earlier items of the batch are withdrawn.
    private void Withdraw(PreparedBatch batch, WriteItemOutcome[] outcomes)
    {
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (item, hash, _) = batch.Items[i];
            if (BatchCodec.IsApplied(outcomes[i].Status) || (item.IfVersion is null && !item.MustExist))
                outcomes[i] = new WriteItemOutcome(WriteItemStatus.NotAttempted, 0);
            else if (outcomes[i].Status is WriteItemStatus.VersionConflict)
                outcomes[i] = outcomes[i] with { Version = VersionOf(new IdKey(hash, item.Id)) };
        }
    }

    private void Undo(List<(IdKey Key, ulong? Before)> undo)
    {
        for (var i = undo.Count - 1; i >= 0; i--)
        {
            if (undo[i].Before is { } before)
                _changed[undo[i].Key] = before;
            else
                _changed.Remove(undo[i].Key);
        }
    }

    private ulong VersionOf(IdKey key) => _changed.TryGetValue(key, out var version) ? version : storedVersion(key.Hash, key.Id);

    private readonly struct IdKey(ulong hash, ReadOnlyMemory<byte> id) : IEquatable<IdKey>
    {
        public ulong Hash { get; } = hash;

        public ReadOnlyMemory<byte> Id { get; } = id;

        public bool Equals(IdKey other) => Hash == other.Hash && Id.Span.SequenceEqual(other.Id.Span);

        public override bool Equals(object? obj) => obj is IdKey other && Equals(other);

        public override int GetHashCode() => (int)(Hash ^ (Hash >> 32));
    }
}
