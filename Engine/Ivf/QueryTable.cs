namespace JadeVector.Engine.Ivf;

/// <summary>Turns a query's table of float32 distances into bytes for <see cref="CodeScan"/>.</summary>
internal static unsafe class QueryTable
{
    /// <summary>Shifts every group's entries to begin at 0, which changes all sums alike, and scales them so that entries and sums stay in bounds. The order of sums is that of the distances, up to rounding.</summary>
    /// <param name="distances">Shape [groups, 16].</param>
    /// <param name="table">Takes the same in bytes.</param>
    public static void Quantize(float* distances, int groups, byte* table)
    {
        float widest = 0;
        double sum = 0;
        for (var group = 0; group < groups; group++)
        {
            var entries = new ReadOnlySpan<float>(distances + (group * ProductQuantizer.Centroids), ProductQuantizer.Centroids);
            var width = Max(entries) - Min(entries);
            widest = Math.Max(widest, width);
            sum += width;
        }

        // Rounding may add a half to each group.
        var scale = widest > 0 ? (float)Math.Min(CodeScan.EntryMax / widest, (CodeScan.SumMax - groups) / sum) : 0;
        for (var group = 0; group < groups; group++)
        {
            var entries = new ReadOnlySpan<float>(distances + (group * ProductQuantizer.Centroids), ProductQuantizer.Centroids);
            var least = Min(entries);
            for (var i = 0; i < entries.Length; i++)
                table[(group * ProductQuantizer.Centroids) + i] = (byte)Math.Min(CodeScan.EntryMax, ((entries[i] - least) * scale) + 0.5f);
        }
    }

    private static float Min(ReadOnlySpan<float> values)
    {
        var least = values[0];
        foreach (var value in values)
            least = Math.Min(least, value);
        return least;
    }

    private static float Max(ReadOnlySpan<float> values)
    {
        var most = values[0];
        foreach (var value in values)
            most = Math.Max(most, value);
        return most;
    }
}
