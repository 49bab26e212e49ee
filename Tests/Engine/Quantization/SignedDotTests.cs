using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using JadeVector.Engine.Quantization;
using Xunit;

namespace JadeVector.Tests.Engine.Quantization;

public sealed unsafe class SignedDotTests
{
    private delegate int Path(sbyte* a, sbyte* b, int count);

    [Fact]
    public void Every_path_that_this_processor_has_gives_the_exact_sum_at_every_length()
    {
        var random = new Random(1);
        for (var count = 0; count <= 320; count += SignedDot.BlockBytes)
        {
            for (var round = 0; round < 20; round++)
                Check(Codes(random, count), Codes(random, count));
        }
    }

    [Theory]
    [InlineData(127, 127)]
    [InlineData(127, -127)]
    [InlineData(-127, -127)]
    public void Extremes_do_not_saturate_up_to_the_longest_vector(int a, int b)
    {
        foreach (var count in (int[])[32, 64, 96, 65_536])
            Check([.. Enumerable.Repeat((sbyte)a, count)], [.. Enumerable.Repeat((sbyte)b, count)]);
    }

    private static void Check(sbyte[] a, sbyte[] b)
    {
        fixed (sbyte* first = a.Length == 0 ? [0] : a, second = b.Length == 0 ? [0] : b)
        {
            var expected = SignedDot.Reference(a, b);
            foreach (var (name, path) in Paths())
                Assert.True(expected == path(first, second, a.Length), $"{name}, {a.Length} components: {path(first, second, a.Length)} in place of {expected}");
            if (a.Length == 2 * SignedDot.BlockBytes)
                Assert.Equal(expected, SignedDot.ComputeLine(first, second));
        }
    }

    private static List<(string Name, Path Path)> Paths()
    {
        List<(string Name, Path Path)> paths = [("chosen", SignedDot.Compute), ("scalar", SignedDot.Scalar)];
        if (Vector128.IsHardwareAccelerated)
            paths.Add(("128 bits", SignedDot.ByVector128));
        if (Avx2.IsSupported)
            paths.Add(("AVX2", SignedDot.ByAvx2));
        if (AvxVnni.IsSupported)
            paths.Add(("VNNI", SignedDot.ByVnni));
        if (Avx512BW.IsSupported)
            paths.Add(("AVX-512", SignedDot.ByAvx512));
        if (Dp.IsSupported)
            paths.Add(("Arm dot", SignedDot.ByArmDot));
        return paths;
    }

    private static sbyte[] Codes(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (sbyte)random.Next(-127, 128))];
}
