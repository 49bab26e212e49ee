using JadeVector.Engine.Logs;

namespace JadeVector.Engine.Shards;

// From durable frames to memory: the same code for a write, for a late frame and for replay, so that all three end in the same state.
public sealed partial class Shard
{
    private void Apply(LogFrame frame)
    {
        if (frame.FirstSequence != _sequence + 1)
            throw new InvalidDataException($"A frame begins with sequence {frame.FirstSequence}, {_sequence} has been applied.");
        Apply(frame.FirstSequence, frame.ItemCount, frame.Request, frame.Payload.Span);
    }

    /// <exception cref="InvalidDataException">The payload contradicts the frame or what is stored.</exception>
    private void Apply(ulong firstSequence, int itemCount, RequestKey request, ReadOnlySpan<byte> payload)
    {
        var reader = new BatchReader(payload, Config.Dimension);
        var outcomes = request == default ? null : new List<WriteItemOutcome>(Math.Min(reader.Count, payload.Length));
        var next = firstSequence;
        while (reader.Next())
        {
            var applied = BatchCodec.IsApplied(reader.Status);
            outcomes?.Add(new WriteItemOutcome(reader.Status, applied ? next : reader.Version));
            if (applied)
                ApplyItem(reader, next++);
        }

        if (next != firstSequence + (ulong)itemCount)
            throw new InvalidDataException($"A frame of {itemCount} sequence numbers has {next - firstSequence} items that take one.");
        _sequence = next - 1;
        _framesUncovered++;
        if (outcomes is not null)
            _requests.Add(request, reader.WrittenAtMs, BatchAnswer.From(outcomes, firstSequence, _sequence));
    }

    private void ApplyItem(in BatchReader item, ulong sequence)
    {
        var hash = ShardRanges.HashOf(item.Id);
        var (part, row) = FindLive(hash, item.Id);
        if (part is null == item.Status is WriteItemStatus.Replaced or WriteItemStatus.Deleted)
            throw new InvalidDataException($"Sequence {sequence} is recorded as {item.Status}, and the vector is {(part is null ? "not " : "")}there.");
        part?.MarkDeleted(row, sequence);
        _liveCount -= part is null ? 0 : 1;
        if (item.Status is WriteItemStatus.Deleted)
            return;
        _growing.Part.Append(item.Values, item.Heap, item.Place, hash, sequence);
        _liveCount++;
    }

    /// <summary>Where an id is live after everything applied so far: in one part at most.</summary>
    private (Part? Part, int Row) FindLive(ulong hash, ReadOnlySpan<byte> id)
    {
        var parts = _view!.Set.Parts;
        for (var i = parts.Length - 1; i >= 0; i--)
        {
            if (parts[i].FindLive(hash, id) is >= 0 and var row)
                return (parts[i], row);
        }

        return default;
    }

    /// <summary>The version of an id after everything applied so far; 0 when there is none.</summary>
    private ulong StoredVersion(ulong hash, ReadOnlyMemory<byte> id)
    {
        var (part, row) = FindLive(hash, id.Span);
        return part is null ? 0 : part.Versions[row];
    }

    /// <summary>Shows readers everything applied so far, at once.</summary>
    private void PublishSequence()
    {
        _growing.Part.PublishRows();
        Volatile.Write(ref _view, new ShardView(_view!.Set, _sequence, _liveCount));
    }

    private void PublishParts() => Publish(new PartSet([.. _segments.Select(s => s.Part), .. _sealed.Select(s => s.Part), _growing.Part]));

    /// <summary>Shows readers other parts with the same content, and lets go of the old ones.</summary>
    private void Publish(PartSet set)
    {
        var old = _view;
        Volatile.Write(ref _view, new ShardView(set, _sequence, _liveCount));
        old?.Set.Release();
        TellBacklog();
    }

    /// <summary>The view to read; the caller releases its set.</summary>
    private ShardView Enter()
    {
        ThrowIfUnusable();
        return EnterEvenBroken();
    }

    private ShardView EnterEvenBroken()
    {
        while (Volatile.Read(ref _view) is { } view)
        {
            if (view.Set.TryRetain())
                return view;
        }

        throw Closed();
    }
}
