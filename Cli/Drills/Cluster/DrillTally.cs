namespace JadeVector.Cli.Drills.Cluster;

/// <summary>What all tasks of a cluster drill count together.</summary>
internal sealed class DrillTally
{
    private const int SentencesMax = 200;

    private readonly Lock _lock = new();
    private readonly List<string> _wrong = [];
    private readonly Dictionary<string, long> _failures = new(StringComparer.Ordinal);
    private readonly List<double> _writeGaps = [];
    private readonly List<double> _readGaps = [];
    private long _acknowledged;
    private long _reads;
    private long _failedReads;
    private long _missed;

    internal long Acknowledged => Interlocked.Read(ref _acknowledged);

    internal long Reads => Interlocked.Read(ref _reads);

    internal long FailedReads => Interlocked.Read(ref _failedReads);

    /// <summary>Searches for a stored vector that did not find it: no wrong answer for an approximate index, but worth a look.</summary>
    internal long Missed => Interlocked.Read(ref _missed);

    internal IReadOnlyList<string> Wrong
    {
        get
        {
            lock (_lock) return [.. _wrong];
        }
    }

    /// <summary>Why reads failed, most frequent first.</summary>
    internal IReadOnlyList<(string Why, long Count)> Failures
    {
        get
        {
            lock (_lock) return [.. _failures.OrderByDescending(pair => pair.Value).Select(pair => (pair.Key, pair.Value))];
        }
    }

    internal void CountWrites(int count) => Interlocked.Add(ref _acknowledged, count);

    internal void CountRead() => Interlocked.Increment(ref _reads);

    internal void CountMiss() => Interlocked.Increment(ref _missed);

    internal void CountFailedRead(string why)
    {
        Interlocked.Increment(ref _reads);
        Interlocked.Increment(ref _failedReads);
        lock (_lock) _failures[why] = _failures.GetValueOrDefault(why) + 1;
    }

    internal void Violate(string what)
    {
        lock (_lock)
        {
            if (_wrong.Count < SentencesMax) _wrong.Add(what);
        }
    }

    /// <summary>A shard of a killed silo took writes, or reads, again after so many seconds.</summary>
    internal void AddGap(bool isWrite, double seconds)
    {
        lock (_lock) (isWrite ? _writeGaps : _readGaps).Add(seconds);
    }

    /// <summary>In seconds: median, 95th percentile, longest; null without any.</summary>
    internal (double P50, double P95, double Max)? Gaps(bool isWrite)
    {
        lock (_lock)
        {
            var gaps = (isWrite ? _writeGaps : _readGaps).Order().ToArray();
            return gaps.Length == 0 ? null : (gaps[gaps.Length / 2], gaps[(int)((gaps.Length - 1) * 0.95)], gaps[^1]);
        }
    }
}
