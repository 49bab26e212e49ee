namespace JadeVector.Engine.Shards;

/// <summary>What a compaction would have to do with one segment.</summary>
/// <param name="SizeBytes">Of the file.</param>
/// <param name="RowCount">1 or more.</param>
/// <param name="DeadRowCount">Rows whose delete is covered by the checkpoint: they need not be copied.</param>
internal readonly record struct SegmentSize(long SizeBytes, long RowCount, long DeadRowCount)
{
    /// <summary>About what is left after dropping the dead.</summary>
    public long LiveSizeBytes => (long)(SizeBytes * ((double)(RowCount - DeadRowCount) / RowCount));
}

/// <summary>Neighbouring segments to be rewritten as one.</summary>
internal readonly record struct CompactionRun(int First, int Count);

/// <summary>
/// Which segments are worth rewriting. Size-tiered over neighbours (segments stay in order of version): segments become one when there are
/// <see cref="FanIn"/> or more of them and the largest is at most as large as all the others, so a row is rewritten only into a segment of at
/// least twice the size of its own: about log2(n) times in its life. What stays has at most <see cref="FanIn"/> - 1 segments per doubling.
/// </summary>
internal static class CompactionPolicy
{
    public const int FanIn = 4;

    /// <summary>A segment with this share of dead rows is rewritten alone.</summary>
    public const double DeadShareMax = 0.25;

    /// <param name="segments">All, oldest first.</param>
    /// <param name="sizeBytesMax">The rewritten segment, which is built in memory, would at most have this many bytes.</param>
    /// <returns>What to do first: drop a dead segment, free the most space, make the cheapest merge; null when all is well.</returns>
    public static CompactionRun? Choose(ReadOnlySpan<SegmentSize> segments, long sizeBytesMax)
    {
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i].DeadRowCount == segments[i].RowCount)
                return new CompactionRun(i, 1);
        }

        return DeadMost(segments, sizeBytesMax) ?? CheapestMerge(segments, sizeBytesMax);
    }

    /// <summary>Everything that fits, whatever it costs: the most neighbours that become one, or one with any dead row.</summary>
    public static CompactionRun? ChooseAll(ReadOnlySpan<SegmentSize> segments, long sizeBytesMax)
    {
        for (var count = segments.Length; count > 1; count--)
        {
            for (var first = 0; first + count <= segments.Length; first++)
            {
                if (Sum(segments.Slice(first, count)) <= sizeBytesMax)
                    return new CompactionRun(first, count);
            }
        }

        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i].DeadRowCount > 0 && segments[i].LiveSizeBytes <= sizeBytesMax)
                return new CompactionRun(i, 1);
        }

        return null;
    }

    private static CompactionRun? DeadMost(ReadOnlySpan<SegmentSize> segments, long sizeBytesMax)
    {
        CompactionRun? best = null;
        long mostFreed = 0;
        for (var i = 0; i < segments.Length; i++)
        {
            var freed = segments[i].SizeBytes - segments[i].LiveSizeBytes;
            if (segments[i].DeadRowCount < DeadShareMax * segments[i].RowCount || segments[i].LiveSizeBytes > sizeBytesMax || freed <= mostFreed)
                continue;
            mostFreed = freed;
            best = new CompactionRun(i, 1);
        }

        return best;
    }

    private static CompactionRun? CheapestMerge(ReadOnlySpan<SegmentSize> segments, long sizeBytesMax)
    {
        CompactionRun? best = null;
        var cheapest = sizeBytesMax;
        for (var first = 0; first < segments.Length; first++)
        {
            long sum = 0, largest = 0;
            for (var last = first; last < segments.Length; last++)
            {
                sum += segments[last].LiveSizeBytes;
                largest = Math.Max(largest, segments[last].LiveSizeBytes);
                if (last - first + 1 < FanIn || largest > sum - largest || sum > cheapest)
                    continue;
                // The longer of two that cost the same: equal sums differ only by segments that are nearly empty.
                cheapest = sum;
                best = new CompactionRun(first, last - first + 1);
            }
        }

        return best;
    }

    private static long Sum(ReadOnlySpan<SegmentSize> segments)
    {
        long sum = 0;
        foreach (var segment in segments)
            sum += segment.LiveSizeBytes;
        return sum;
    }
}
