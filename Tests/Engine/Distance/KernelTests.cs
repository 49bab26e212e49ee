using JadeVector.Engine.Distance;
using Xunit;

namespace JadeVector.Tests.Engine.Distance;

public sealed unsafe class KernelTests
{
    /// <summary>Every remainder of every vector width, several times over.</summary>
    private const int LongestLength = 257;

    public static TheoryData<Metric> Metrics => [Metric.Cosine, Metric.Euclidean, Metric.Dot];

    [Theory, MemberData(nameof(Metrics))]
    public void Kernel_agrees_with_its_reference_at_every_length(Metric metric)
    {
        for (var length = 0; length <= LongestLength; length++)
        {
            var (a, b) = Vectors(seed: length, length);
            var (expected, magnitude) = Expected(metric, a, b);
            var actual = DistanceKernels.Compute(metric, a, b);
            Assert.True(Math.Abs(actual - expected) <= Tolerance(length, magnitude), $"length {length}: {actual} instead of {expected}");
        }
    }

    [Theory, MemberData(nameof(Metrics))]
    public void Kernel_is_symmetric_at_every_length(Metric metric)
    {
        for (var length = 0; length <= LongestLength; length++)
        {
            var (a, b) = Vectors(seed: length, length);
            Assert.Equal(DistanceKernels.Compute(metric, a, b), DistanceKernels.Compute(metric, b, a));
        }
    }

    [Fact]
    public void Squared_euclidean_distance_of_a_vector_to_itself_is_zero_at_every_length()
    {
        for (var length = 0; length <= LongestLength; length++)
        {
            var (a, _) = Vectors(seed: length, length);
            Assert.Equal(0f, DistanceKernels.Compute(Metric.Euclidean, a, a));
        }
    }

    [Theory, MemberData(nameof(Metrics))]
    public void Every_component_counts_once(Metric metric)
    {
        // A one in each place in turn, against a vector of its own value per place: a component skipped or counted twice shows.
        for (var length = 1; length <= LongestLength; length++)
        {
            var b = new float[length];
            for (var i = 0; i < length; i++)
                b[i] = i + 1;
            for (var i = 0; i < length; i++)
            {
                var a = new float[length];
                a[i] = 1;
                // Sums of squares up to 257³/3 are exact in float32 only with few digits: compare with the reference by ratio.
                var (expected, magnitude) = Expected(metric, a, b);
                Assert.True(Math.Abs(DistanceKernels.Compute(metric, a, b) - expected) <= Math.Min(0.4, Tolerance(length, magnitude)), $"length {length}, place {i}");
            }
        }
    }

    [Theory, MemberData(nameof(Metrics))]
    public void Kernel_reads_nothing_beyond_the_vectors(Metric metric)
    {
        var storage = new float[2 * (LongestLength + 64)];
        for (var length = 0; length <= LongestLength; length++)
        {
            var (a, b) = Vectors(seed: length, length);
            storage.AsSpan().Fill(float.NaN);
            a.CopyTo(storage, 0);
            b.CopyTo(storage, LongestLength + 64);
            fixed (float* first = storage)
                Assert.Equal(DistanceKernels.Compute(metric, a, b), DistanceKernels.For(metric)(first, first + LongestLength + 64, length));
        }
    }

    [Theory]
    [InlineData(Metric.Dot)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Euclidean)]
    public void Overflow_counts_as_infinitely_far_and_never_as_NaN(Metric metric)
    {
        float[] a = [float.MaxValue, float.MaxValue, float.MaxValue];
        float[] b = [-float.MaxValue, float.MaxValue, 1];
        var distance = DistanceKernels.Compute(metric, a, b);
        Assert.Equal(float.PositiveInfinity, distance);
    }

    [Fact]
    public void Vectors_of_different_length_are_refused() =>
        Assert.Throws<ArgumentException>(() => DistanceKernels.Compute(Metric.Dot, new float[3], new float[4]));

    [Fact]
    public void Runs_at_the_width_this_run_asked_for()
    {
        if (Environment.GetEnvironmentVariable("JADE_TEST_VECTOR_BITS") is { } bits)
            Assert.Equal(int.Parse(bits), DistanceKernels.WidestVectorBits);
        Assert.Contains(DistanceKernels.WidestVectorBits, new[] { 0, 128, 256, 512 });
    }

    [Fact]
    public void Normalised_vectors_have_length_one_at_every_magnitude()
    {
        foreach (var scale in new[] { 1e-30f, 1e-3f, 1f, 1e15f, 1e30f })
        {
            float[] values = [3 * scale, 0, -4 * scale];
            Assert.Equal(5 * scale, DistanceKernels.Normalize(values), 5 * scale * 1e-6f);
            Assert.Equal([0.6f, 0f, -0.8f], values, (x, y) => Math.Abs(x - y) < 1e-6f);
            Assert.Equal(1f, DistanceKernels.Norm(values), 1e-6f);
        }
    }

    [Fact]
    public void Zero_vector_stays_zero_and_is_at_cosine_distance_one()
    {
        var values = new float[5];
        Assert.Equal(0f, DistanceKernels.Normalize(values));
        Assert.Equal(new float[5], values);
        Assert.Equal(1f, DistanceKernels.Compute(Metric.Cosine, values, [1, 0, 0, 0, 0]));
    }

    [Theory]
    [InlineData(Metric.Cosine, 0.25f, 0.75f, 0.25f)]
    [InlineData(Metric.Dot, -7f, 7f, -7f)]
    [InlineData(Metric.Euclidean, 9f, 0.25f, 3f)]
    public void Scores_follow_from_internal_distances(Metric metric, float distance, float similarity, float publicDistance)
    {
        Assert.Equal(similarity, Scores.Similarity(metric, distance));
        Assert.Equal(publicDistance, Scores.PublicDistance(metric, distance));
    }

    private static (double Distance, double Magnitude) Expected(Metric metric, float[] a, float[] b)
    {
        double magnitude = 1;
        for (var i = 0; i < a.Length; i++)
            magnitude += metric == Metric.Euclidean ? Math.Pow((double)a[i] - b[i], 2) : Math.Abs((double)a[i] * b[i]);
        var distance = metric switch
        {
            Metric.Cosine => CosineDistance.Reference(a, b),
            Metric.Euclidean => SquaredEuclidean.Reference(a, b),
            _ => DotDistance.Reference(a, b),
        };
        return (distance, magnitude);
    }

    /// <summary>Rounding of float32 sums: a few units in the last place of what is added up.</summary>
    private static double Tolerance(int length, double magnitude) => magnitude * 1.2e-7 * (2 + Math.Sqrt(length));

    private static (float[] A, float[] B) Vectors(int seed, int length)
    {
        var random = new Random(seed);
        var a = new float[length];
        var b = new float[length];
        for (var i = 0; i < length; i++)
        {
            a[i] = (random.NextSingle() * 4) - 2;
            b[i] = (random.NextSingle() * 4) - 2;
        }

        return (a, b);
    }
}
