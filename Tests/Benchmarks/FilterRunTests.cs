using System.Globalization;
using JadeVector.Benchmarks.Filtering;
using JadeVector.Datasets;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using Xunit;

namespace JadeVector.Tests.Benchmarks;

public sealed class FilterRunTests
{
    private const int Rows = 600, Dimension = 8, K = 5;

    [Fact]
    public async Task Every_kind_of_filter_is_measured_at_every_share_and_finds_what_there_is()
    {
        var random = new Random(1);
        var rows = new NativeVectorRows(Dimension);
        for (var row = 0; row < Rows; row++) rows.Append(Values(random));
        using var set = new VectorSet(rows, [.. Enumerable.Range(0, 5).Select(_ => Values(random))]);
        await using var shard = await FilteredShard.CreateAsync(set, Metric.Euclidean, CancellationToken.None);
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        new FilterRun(shard, K, recallWanted: 0.9, runs: 1, TimeSpan.Zero).Write(output, CancellationToken.None);
        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3 + (Enum.GetValues<FilterKind>().Length * FilteredShard.Shares.Length), lines.Length);
        foreach (var line in lines.Skip(3))
        {
            var cells = line.Split('|', StringSplitOptions.TrimEntries);
            Assert.True(double.Parse(cells[4], CultureInfo.InvariantCulture) >= 0.9, line);
            var results = cells[5].Split(" of ");
            Assert.Equal(results[1], results[0]);
        }
    }

    private static float[] Values(Random random) => [.. Enumerable.Range(0, Dimension).Select(_ => random.NextSingle())];
}
