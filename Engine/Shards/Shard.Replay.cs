namespace JadeVector.Engine.Shards;

// Opening a shard reads its log back into the growing part. A row that the log itself replaces or deletes later is let go of before anybody links it:
// a node that never lives long enough for a checkpoint would otherwise link every version of every vector at each start, and only then come to the
// checkpoint that shortens the log. Nobody can need such a row:
//   - nobody has seen the shard yet, so no reader holds a sequence number at which the row was live;
//   - a checkpoint of the growing part covers all that was read, the row's end too: no replay from it on looks for the row;
//   - kept states and moments are made of the segments and logs that they pin, not of what is in memory.
// Deletes of rows in segments stay marked there as always.
public sealed partial class Shard
{
    /// <summary>Dead rows are let go of while the log is still read when there are this many, and more of them than of live ones: memory stays within the live rows' measure.</summary>
    private const int ReplayedDeadRowsMax = 4096;

    /// <summary>Reads the logs of a shard that nobody has seen yet.</summary>
    private async Task LoadLogAsync(CancellationToken cancellation)
    {
        await foreach (var frame in _log.ReplayAsync(cancellation))
        {
            Apply(frame);
            if (_growing.Part.DeletedCount >= ReplayedDeadRowsMax && _growing.Part.DeletedCount > _growing.Part.Count / 2)
                DropDeadRows();
        }

        // Fewer are not worth a copy of the rest, as in a segment.
        if (_growing.Part.DeletedCount > CompactionPolicy.DeadShareMax * _growing.Part.Count)
            DropDeadRows();
        PublishSequence();
        _growing.Linker.Start();
    }

    /// <summary>Reads on in the logs, to their end.</summary>
    private async Task ReplayAsync(CancellationToken cancellation)
    {
        await foreach (var frame in _log.ReplayAsync(cancellation))
            Apply(frame);
        PublishSequence();
        _growing.Linker.Start();
    }

    private void DropDeadRows()
    {
        var read = _growing;
        _growing = NewPart();
        try
        {
            CopyRows(read.Part, 0, read.Part.Count, covered: ulong.MaxValue, _growing.Part);
            PublishParts();
        }
        finally
        {
            read.Release();
        }
    }
}
