namespace JadeVector.Engine.Tuning;

/// <summary>Finds the least setting of a search (efSearch, nprobe, probes) that reaches a recall.</summary>
/// <remarks>Doubles until it is reached, then halves the interval: recall is taken to grow with the setting, as it does but for noise. No setting is measured twice.</remarks>
/// <param name="min">The least setting that there is.</param>
/// <param name="max">The largest.</param>
/// <param name="recall">Measures the recall at a setting.</param>
public sealed class LeastSetting(int min, int max, Func<int, double> recall)
{
    /// <summary>The first guess; less than a few candidates reaches little anywhere.</summary>
    private const int FirstTry = 8;

    private readonly SortedDictionary<int, double> _measured = [];

    /// <summary>Recall by setting, as far as it was measured.</summary>
    public IReadOnlyDictionary<int, double> Measured => _measured;

    /// <returns>The setting, or null when even the largest does not reach the recall.</returns>
    public int? Find(double target)
    {
        int below = min - 1, reaches = Math.Clamp(FirstTry, min, max);
        while (RecallAt(reaches) < target)
        {
            if (reaches == max)
                return null;
            below = reaches;
            reaches = (int)Math.Min(max, 2L * reaches);
        }

        while (reaches - below > 1)
        {
            var middle = below + ((reaches - below) / 2);
            if (RecallAt(middle) < target)
                below = middle;
            else
                reaches = middle;
        }

        return reaches;
    }

    private double RecallAt(int setting)
    {
        if (!_measured.TryGetValue(setting, out var known))
            _measured[setting] = known = recall(setting);
        return known;
    }
}
