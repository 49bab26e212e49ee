using System.Text;

namespace JadeVector.Engine.Shards;

/// <summary>What a vector id may be: 1 to 256 bytes of UTF-8 without control characters, compared as bytes, never normalised.</summary>
public static class VectorIds
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The bytes of an id.</summary>
    /// <exception cref="RefusalException"><c>invalid_argument</c>: it is none.</exception>
    public static byte[] Encode(string id)
    {
        byte[] bytes;
        try
        {
            bytes = Strict.GetBytes(id);
        }
        catch (EncoderFallbackException)
        {
            throw Refused("is not Unicode text (a surrogate without its pair)");
        }

        Validate(bytes);
        return bytes;
    }

    /// <exception cref="RefusalException"><c>invalid_argument</c>: these bytes are no id.</exception>
    public static void Validate(ReadOnlySpan<byte> id)
    {
        if (id.Length is < ShardLimits.IdBytesMin or > ShardLimits.IdBytesMax)
            throw Refused($"takes {ShardLimits.IdBytesMin} to {ShardLimits.IdBytesMax} bytes of UTF-8, not {id.Length}");
        for (var rest = id; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done)
                throw Refused($"is not UTF-8 at byte {id.Length - rest.Length}");
            if (Rune.IsControl(rune))
                throw Refused($"has a control character (U+{rune.Value:X4}) at byte {id.Length - rest.Length}");
            rest = rest[length..];
        }
    }

    private static RefusalException Refused(string why) => new(RefusalCodes.InvalidArgument, $"id: {why}.");
}
