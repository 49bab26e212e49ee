using System.Numerics;

namespace JadeVector.Api.Metrics;

/// <summary>Counts times in buckets an eighth of a power of two wide, for percentiles within 9 %; lock-free.</summary>
internal sealed class LatencyBuckets
{
    private const int StepsPerDoubling = 8;
    private const int StepBits = 3;

    private readonly long[] _counts = new long[64 * StepsPerDoubling];

    public void Add(TimeSpan elapsed) => Interlocked.Increment(ref _counts[BucketOf(Math.Max(elapsed.Ticks, StepsPerDoubling))]);

    /// <summary>The middle of the bucket that the fraction falls into, or null before the first measurement.</summary>
    /// <param name="fraction">0 to 1.</param>
    public TimeSpan? Percentile(double fraction)
    {
        var total = _counts.Sum();
        if (total == 0)
            return null;
        var rank = Math.Max(1, (long)Math.Ceiling(fraction * total));
        long below = 0;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            below += Volatile.Read(ref _counts[bucket]);
            if (below >= rank)
                return TimeSpan.FromTicks((FirstOf(bucket) + FirstOf(bucket + 1)) / 2);
        }

        return TimeSpan.MaxValue;
    }

    /// <summary>Ticks from 8 on: the exponent, then the three bits below the leading one.</summary>
    private static int BucketOf(long ticks)
    {
        var exponent = BitOperations.Log2((ulong)ticks);
        return (exponent << StepBits) | (int)((ticks >> (exponent - StepBits)) & (StepsPerDoubling - 1));
    }

    private static long FirstOf(int bucket)
    {
        var exponent = bucket >> StepBits;
        return exponent < StepBits ? 0 : (long)(StepsPerDoubling + (bucket & (StepsPerDoubling - 1))) << (exponent - StepBits);
    }
}
