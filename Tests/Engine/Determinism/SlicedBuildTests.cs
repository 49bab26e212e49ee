using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Ivf;
using JadeVector.Engine.Lsh;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Determinism;

public sealed class SlicedBuildTests : IDisposable
{
    private readonly ClusteredSet _set = ClusteredSet.Create(Metric.Euclidean, rows: 1_000, queries: 0);

    public static TheoryData<IvfOptions> Cells =>
    [
        new IvfOptions { ListCount = 32, CodeComponents = 2 },
        new IvfOptions { CodeComponents = 0 },
        new IvfOptions { ListCount = 1_000, CodeComponents = 5 },   // a cell for each row: nothing is trained
        new IvfOptions { ListCount = 1 },
    ];

    public void Dispose() => _set.Dispose();

    [Theory]
    [MemberData(nameof(Cells))]
    public void Cells_are_the_same_bytes_whatever_the_slices(IvfOptions options)
    {
        using var whole = IvfIndex.Build(_set.Rows, Metric.Euclidean, options, CancellationToken.None);
        using var build = new IvfBuild(_set.Rows, Metric.Euclidean, options, sliceComponents: 10_000);
        Assert.True(StepThrough(build) > 20);
        using var sliced = build.Take();
        Assert.True(whole.ImageSlice(0, (int)whole.ImageBytes).SequenceEqual(sliced.ImageSlice(0, (int)sliced.ImageBytes)));
    }

    [Fact]
    public void Hash_tables_are_the_same_bytes_whatever_the_slices()
    {
        var options = new LshOptions { Tables = 6, Functions = 9 };
        using var whole = LshIndex.Build(_set.Rows, Metric.Euclidean, options, CancellationToken.None);
        using var build = new LshBuild(_set.Rows, Metric.Euclidean, options, sliceComponents: 10_000);
        Assert.True(StepThrough(build) > 20);
        using var sliced = build.Take();
        Assert.True(whole.ImageSlice(0, (int)whole.ImageBytes).SequenceEqual(sliced.ImageSlice(0, (int)sliced.ImageBytes)));
    }

    [Fact]
    public void No_slice_does_much_more_than_it_may()
    {
        const long SliceComponents = 100_000;
        using var build = new IvfBuild(_set.Rows, Metric.Euclidean, new IvfOptions { ListCount = 64, CodeComponents = 2 }, SliceComponents);
        // A pass of 16 rows over the centres is the largest piece but for the training of one group of components.
        var largestPiece = 10 * 1_000 * 16 * 2;
        for (var done = 0L; build.Step(); done = build.Done)
            Assert.InRange(build.Done - done, SliceComponents, SliceComponents + largestPiece);
    }

    [Fact]
    public void Build_that_is_given_up_leaves_nothing_and_gives_nothing()
    {
        using var build = new IvfBuild(_set.Rows, Metric.Euclidean, new IvfOptions { ListCount = 64 }, sliceComponents: 10_000);
        Assert.Throws<InvalidOperationException>(build.Take);
        Assert.True(build.Step());
        using var enough = new CancellationTokenSource();
        enough.Cancel();
        var done = build.Done;
        Assert.Throws<OperationCanceledException>(() => build.Complete(enough.Token));
        Assert.Equal(done, build.Done);
        Assert.Throws<InvalidOperationException>(build.Take);
    }

    /// <returns>How many slices there were.</returns>
    private static int StepThrough<T>(SlicedBuild<T> build)
        where T : class, IDisposable
    {
        var slices = 1;
        for (var done = 0L; build.Step(); done = build.Done, slices++)
            Assert.InRange(build.Done, done + 1, build.Total);
        Assert.Equal(build.Total, build.Done);
        return slices;
    }
}
