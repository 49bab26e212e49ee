using JadeVector.Benchmarks.Indexes;

namespace JadeVector.Benchmarks.Measuring;

/// <summary>Finds the least setting that reaches a recall.</summary>
/// <remarks>Doubles until it is reached, then halves the interval: recall is taken to grow with the setting, as it does but for noise.</remarks>
internal sealed class RecallFinder(Knob knob, Func<int, double> recall)
{
    private readonly Dictionary<int, double> _seen = [];

    /// <returns>The setting, or null when even the largest does not reach the recall.</returns>
    internal int? Find(double target)
    {
        int below = knob.Min - 1, reaches = Math.Min(knob.Max, Math.Max(knob.Min, 8));
        while (Recall(reaches) < target)
        {
            if (reaches == knob.Max) return null;
            below = reaches;
            reaches = (int)Math.Min(knob.Max, 2L * reaches);
        }

        while (reaches - below > 1)
        {
            var middle = below + ((reaches - below) / 2);
            if (Recall(middle) < target) below = middle;
            else reaches = middle;
        }

        return reaches;
    }

    private double Recall(int setting)
    {
        if (!_seen.TryGetValue(setting, out var known)) _seen[setting] = known = recall(setting);
        return known;
    }
}
