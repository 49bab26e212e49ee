using System.Runtime.InteropServices;

namespace JadeVector.Benchmarks.ActorPath;

/// <summary>Vectors as calls carry them.</summary>
internal static class RandomVectors
{
    /// <returns><paramref name="count"/> vectors, little-endian float32 each.</returns>
    internal static byte[][] Draw(Random random, int count, int dimension)
    {
        var vectors = new byte[count][];
        var values = new float[dimension];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < dimension; j++) values[j] = random.NextSingle();
            vectors[i] = MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        }

        return vectors;
    }
}
