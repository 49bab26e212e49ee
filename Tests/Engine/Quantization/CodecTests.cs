using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Quantization;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Quantization;

public sealed unsafe class CodecTests
{
    public static TheoryData<Metric, int> Kinds => new()
    {
        { Metric.Euclidean, 33 }, { Metric.Cosine, 33 }, { Metric.Dot, 33 }, { Metric.Euclidean, 200 }, { Metric.Cosine, 200 }, { Metric.Dot, 200 },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void Distances_of_byte_codes_are_those_of_the_vectors_within_the_announced_error(Metric metric, int dimension)
    {
        using var set = ClusteredSet.Create(metric, rows: 400, queries: 20, dimension);
        var codec = Int8Codec.Train(set.Rows, set.Rows.Count, metric);
        using var codes = new NativeChunkedArray<long>();
        codes.EnsureCount(2 * codec.CodeBytes);
        var a = (sbyte*)codes.At(0);
        var b = (sbyte*)codes.At(codec.CodeBytes);
        var outside = 0;
        for (var row = 0; row + 1 < 400; row += 2)
        {
            codec.Encode(set.Rows.Row(row), a);
            codec.Encode(set.Rows.Row(row + 1), b);
            var distance = codec.Constant + codec.Own(a) + codec.Own(b) + (codec.Factor * codec.Scale(a) * codec.Scale(b) * SignedDot.Compute(a, b, codec.CodeCount));
            var exact = DistanceKernels.Compute(metric, set.Rows[row], set.Rows[row + 1]);
            var error = codec.ErrorAt(a, distance);
            Assert.InRange(error, 0, 0.05 * ((DistanceKernels.Norm(set.Rows[row]) * DistanceKernels.Norm(set.Rows[row + 1])) + Math.Abs(exact)));
            outside += Math.Abs(distance - exact) > error ? 1 : 0;
        }

        Assert.InRange(outside, 0, 4); // of 200, beyond three standard deviations
    }

    [Fact]
    public void Vector_at_the_centre_and_vectors_beyond_float32_have_codes_too()
    {
        var codec = new Int8Codec(Metric.Euclidean, [1, 2, 3]);
        using var codes = new NativeChunkedArray<long>();
        codes.EnsureCount(codec.CodeBytes);
        var code = (sbyte*)codes.At(0);
        foreach (var vector in (float[][])[[1, 2, 3], [float.MaxValue, -float.MaxValue, 0], [1e30f, 0, 0]])
        {
            fixed (float* values = vector)
                codec.Encode(values, code);
            Assert.True(float.IsFinite(codec.Own(code)) && float.IsFinite(codec.Scale(code)));
        }

        fixed (float* values = (float[])[1, 2, 3])
            codec.Encode(values, code);
        Assert.Equal((0f, 0f), (codec.Own(code), codec.Scale(code)));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(832)]
    public void Rotation_keeps_lengths_and_angles_and_spreads_a_single_component(int length)
    {
        var rotation = new RandomRotation(length, seed: 7);
        var random = new Random(2);
        var a = Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var b = Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f).ToArray();
        var before = DistanceKernels.Compute(Metric.Dot, a, b);
        var single = new float[length];
        single[3] = 1;
        foreach (var values in (float[][])[a, b, single])
        {
            var norm = DistanceKernels.Norm(values);
            fixed (float* first = values)
                rotation.Apply(first);
            Assert.Equal(norm, DistanceKernels.Norm(values), 1e-4);
        }

        Assert.Equal(before, DistanceKernels.Compute(Metric.Dot, a, b), 1e-3);
        Assert.True(single.Max(Math.Abs) < 6 / MathF.Sqrt(length), $"{single.Max(Math.Abs)}");
    }

    [Fact]
    public void Bit_products_agree_with_their_reference()
    {
        var random = new Random(3);
        for (var words = 1; words < 20; words++)
        {
            var code = Enumerable.Range(0, words).Select(_ => (ulong)random.NextInt64()).ToArray();
            var planes = Enumerable.Range(0, words * OneBitCodec.Planes).Select(_ => (ulong)random.NextInt64()).ToArray();
            fixed (ulong* first = code, second = planes)
                Assert.Equal(BitDot.Reference(code, planes), BitDot.Compute(first, second, words));
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void One_bit_estimates_are_unbiased_and_within_their_bound(Metric metric, int dimension)
    {
        using var set = ClusteredSet.Create(metric, rows: 1_000, queries: 20, dimension);
        var codec = new OneBitCodec(metric, Int8Codec.Train(set.Rows, 1_000, metric).Centre);
        using var memory = new NativeChunkedArray<long>();
        memory.EnsureCount(OneBitCodec.CodeBytesFor(dimension) + (codec.Words * OneBitCodec.Planes) + codec.RoomFloats);
        var code = (byte*)memory.At(0);
        var planes = (ulong*)memory.At(OneBitCodec.CodeBytesFor(dimension));
        var room = (float*)memory.At(OneBitCodec.CodeBytesFor(dimension) + (codec.Words * OneBitCodec.Planes));
        double error = 0, bound = 0;
        int outside = 0, pairs = 0;
        foreach (var values in set.Queries)
        {
            fixed (float* query = values)
            {
                var bits = codec.Query(query, room, planes);
                for (var row = 0; row < 1_000; row += 5)
                {
                    codec.Encode(set.Rows.Row(row), room, code);
                    var off = bits.To(code) - DistanceKernels.Compute(metric, values, set.Rows[row]);
                    error += off;
                    bound += bits.ErrorOf(code);
                    outside += Math.Abs(off) > bits.ErrorOf(code) ? 1 : 0;
                    pairs++;
                }
            }
        }

        // The bound is 1.9 standard deviations: one in seventeen may pass it, and a mean of so many errors is near zero.
        Assert.InRange(outside, 0, pairs / 12);
        Assert.InRange(Math.Abs(error / pairs), 0, 0.1 * bound / pairs);
    }
}
