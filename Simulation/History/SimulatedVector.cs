using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace JadeVector.Simulation.History;

/// <summary>
/// The vector of a tag: small whole numbers, so that distances are exact and many are equal, and metadata that tells the tag. What comes
/// back is compared with this, byte for byte.
/// </summary>
internal static class SimulatedVector
{
    public const int Dimension = 4;

    public static float[] Values(int tag) => [(tag % 7) - 3, (tag / 7 % 5) - 2, (tag / 3 % 4) - 1, 1 + (tag % 2)];

    public static byte[] Bytes(int tag) => MemoryMarshal.AsBytes(Values(tag).AsSpan()).ToArray();

    /// <summary>A third of all vectors is in each group; filters ask for one.</summary>
    public static int Group(int tag) => tag % 3;

    public static byte[] Metadata(int tag) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"tag":{{tag}},"group":{{Group(tag)}}}"""));

    /// <summary>The tag of a row that came back.</summary>
    /// <exception cref="ViolationException">It is not what was written under that tag.</exception>
    public static int TagOf(string key, byte[]? values, byte[]? metadata)
    {
        var text = Encoding.UTF8.GetString(metadata ?? []);
        var end = text.IndexOf(',', StringComparison.Ordinal);
        if (!text.StartsWith("""{"tag":""", StringComparison.Ordinal) || end < 0 || !int.TryParse(text.AsSpan(7, end - 7), CultureInfo.InvariantCulture, out var tag))
            throw new ViolationException($"{key} came back with the metadata '{text}', which nobody wrote.");
        return metadata.AsSpan().SequenceEqual(Metadata(tag)) && values.AsSpan().SequenceEqual(Bytes(tag))
            ? tag
            : throw new ViolationException($"{key} came back with other bytes than were written under tag {tag}.");
    }
}

/// <summary>The product broke a promise.</summary>
internal sealed class ViolationException(string message) : Exception(message);
