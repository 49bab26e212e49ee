using System.Globalization;
using System.Text;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Blobs;

/// <summary>
/// The state of a grain as it is stored: a JSON document that tools can read, whose first members say how to check the last. Remote stores
/// keep no checksum with a blob, so this is what finds a flipped bit in the control plane.
/// </summary>
/// <remarks>
/// docs/formats/grain-state.md. Exactly these bytes, without a space or a line break outside of the state:
/// <c>{"jadeState":1,"crc32c":"</c>, eight lower-case hexadecimal digits, <c>","state":</c>, the state, <c>}</c>.
/// The checksum is that of the state's bytes, seeded with the CRC-32C of the blob's whole name: the state of another grain is damage too.
/// </remarks>
public static class StateEnvelope
{
    public const int FormatVersion = 1;

    private const int ChecksumDigits = 8;

    /// <summary>How the names of such blobs end.</summary>
    public const string NameEnd = ".json";

    private static ReadOnlySpan<byte> Begin => "{\"jadeState\":1,\"crc32c\":\""u8;

    private static ReadOnlySpan<byte> Middle => "\",\"state\":"u8;

    private static ReadOnlySpan<byte> End => "}"u8;

    private static int StateOffset => Begin.Length + ChecksumDigits + Middle.Length;

    /// <param name="name">Of the blob.</param>
    /// <param name="state">A JSON value.</param>
    public static byte[] Wrap(string name, ReadOnlySpan<byte> state) => [.. Begin, .. Checksum(name, state), .. Middle, .. state, .. End];

    /// <returns>The state that was wrapped.</returns>
    /// <exception cref="BlobDamagedException">These are not the bytes that were stored under that name.</exception>
    public static ReadOnlyMemory<byte> Unwrap(string name, ReadOnlyMemory<byte> stored)
    {
        var bytes = stored.Span;
        if (bytes.Length < StateOffset + End.Length || !bytes.StartsWith(Begin))
            throw new BlobDamagedException(name, "it does not begin as the state of a grain does");
        if (!bytes[(Begin.Length + ChecksumDigits)..].StartsWith(Middle) || !bytes.EndsWith(End))
            throw new BlobDamagedException(name, "it is not laid out as the state of a grain is");
        var state = stored[StateOffset..^End.Length];
        return bytes.Slice(Begin.Length, ChecksumDigits).SequenceEqual(Checksum(name, state.Span))
            ? state
            : throw new BlobDamagedException(name, "its state fails its checksum");
    }

    private static byte[] Checksum(string name, ReadOnlySpan<byte> state) => Encoding.ASCII.GetBytes(
        Crc32C.Compute(state, Crc32C.Compute(Encoding.UTF8.GetBytes(name))).ToString("x8", CultureInfo.InvariantCulture));
}
