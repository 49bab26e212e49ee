using System.Globalization;
using System.Text;
using System.Text.Json;
using JadeVector.Client;
using JadeVector.Engine.Hashing;

namespace JadeVector.Cli.Drills;

/// <summary>What a vector of a drill holds: a function of its id and revision, so that any answer can be checked without having kept it.</summary>
internal static class DrillVectors
{
    internal const int Dimension = 16;

    /// <summary>The revision of an id that is not there.</summary>
    internal const long Absent = 0;

    internal static string IdOf(int writer, int number) => string.Create(CultureInfo.InvariantCulture, $"w{writer}-{number}");

    internal static double Distance(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++) sum += ((double)one[i] - other[i]) * ((double)one[i] - other[i]);
        return Math.Sqrt(sum);
    }

    internal static float[] Values(string id, long revision)
    {
        var values = new float[Dimension];
        for (var i = 0; i < values.Length; i++)
        {
            var hash = XxHash64.Compute(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}/{revision}/{i}")));
            values[i] = ((hash & 0xFFFF) + 1) / 65_536f;   // exact in float32, never all zero
        }

        return values;
    }

    internal static VectorInput Input(string id, long revision) => new()
    {
        Id = id,
        Values = Values(id, revision),
        Metadata = JsonSerializer.SerializeToElement(new Dictionary<string, long> { ["revision"] = revision }),
    };

    /// <summary>The revision that a stored vector says it is, if all of it is right; null for a damaged one.</summary>
    internal static long? RevisionOf(StoredVector vector)
    {
        if (vector.Metadata is not { ValueKind: JsonValueKind.Object } metadata
            || !metadata.TryGetProperty("revision", out var stated) || !stated.TryGetInt64(out var revision) || revision == Absent)
            return null;
        return vector.Values is { } values && values.AsSpan().SequenceEqual(Values(vector.Id, revision)) ? revision : null;
    }
}
