using System.Globalization;
using JadeVector.Benchmarks.Indexes;
using JadeVector.Benchmarks.Measuring;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using JadeVector.Tests.Engine.Hnsw;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Benchmarks;

public sealed class BuildReportTests
{
    [Fact]
    public void Rows_done_of_rows_are_told_every_few_seconds_until_the_index_is_built()
    {
        var clock = new ManualClock();
        using var said = new StringWriter(CultureInfo.InvariantCulture);
        using var index = new CountingIndex();
        using (new BuildReport(index, 60_000, said, clock))
        {
            index.RowsBuilt = 12_000;
            clock.Advance(BuildReport.Interval);
            index.RowsBuilt = 45_000;
            clock.Advance(BuildReport.Interval);
        }

        clock.Advance(10 * BuildReport.Interval);
        Assert.Equal(
            ["counting: 12,000 of 60,000 rows (20 %) in 5 s", "counting: 45,000 of 60,000 rows (75 %) in 10 s"],
            said.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("flat")]
    [InlineData("hnsw")]
    [InlineData("ivf")]
    [InlineData("lsh")]
    public void Every_kind_counts_its_rows(string kind)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 500, queries: 0);
        using var index = IndexKinds.Create(kind, new BenchParameters([]));
        Assert.Equal(0, index.RowsBuilt);
        index.Build(set.Rows, Metric.Euclidean, threads: 2, CancellationToken.None);
        Assert.Equal(500, index.RowsBuilt);
    }

    [Theory]
    [InlineData("hnsw")]
    [InlineData("ivf")]
    [InlineData("lsh")]
    public void Building_that_is_cancelled_stops(string kind)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 500, queries: 0);
        using var index = IndexKinds.Create(kind, new BenchParameters([]));
        Assert.Throws<OperationCanceledException>(() => index.Build(set.Rows, Metric.Euclidean, threads: 2, new CancellationToken(canceled: true)));
        Assert.Equal(0, index.RowsBuilt);
    }

    private sealed class CountingIndex : IBenchIndex
    {
        public string Name => "counting";

        public IReadOnlyList<KeyValuePair<string, object>> BuildParameters => [];

        public Knob? Knob => null;

        public long BytesInMemory => 0;

        public int RowsBuilt { get; set; }

        public void Build(VectorRows rows, Metric metric, int threads, CancellationToken cancellation) => throw new NotSupportedException();

        public IBenchSearcher CreateSearcher() => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
