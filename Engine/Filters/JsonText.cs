using System.Buffers.Text;
using System.Text;

namespace JadeVector.Engine.Filters;

/// <summary>Escape sequences of JSON strings, RFC 8259 section 7.</summary>
internal static class JsonText
{
    /// <summary>Writes the text that a well-formed JSON string stands for.</summary>
    /// <param name="escaped">The string without its quotes, as the reader gives it: escapes are known to be well formed.</param>
    /// <param name="text">At least as long as <paramref name="escaped"/>: no escape is shorter than what it stands for.</param>
    /// <returns>Bytes written.</returns>
    /// <remarks>Half of a surrogate pair stands for U+FFFD: JSON allows it, Unicode does not, and a stored row must not make a search fail.</remarks>
    internal static int Unescape(ReadOnlySpan<byte> escaped, Span<byte> text)
    {
        var written = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\')
            {
                text[written++] = escaped[i];
                continue;
            }

            i++;
            if (escaped[i] != 'u')
            {
                text[written++] = Plain(escaped[i]);
                continue;
            }

            var unit = CodeUnit(escaped, i + 1);
            i += 4;
            if (char.IsHighSurrogate(unit) && escaped[(i + 1)..] is [(byte)'\\', (byte)'u', ..] && CodeUnit(escaped, i + 3) is var low && char.IsLowSurrogate(low))
            {
                written += new Rune(unit, low).EncodeToUtf8(text[written..]);
                i += 6;
            }
            else
            {
                written += (Rune.TryCreate(unit, out var rune) ? rune : Rune.ReplacementChar).EncodeToUtf8(text[written..]);
            }
        }

        return written;
    }

    private static char CodeUnit(ReadOnlySpan<byte> escaped, int at) =>
        Utf8Parser.TryParse(escaped.Slice(at, 4), out ushort unit, out var consumed, 'x') && consumed == 4
            ? (char)unit
            : throw new FormatException("A \\u escape without four hexadecimal digits passed the JSON reader.");

    private static byte Plain(byte escape) => (char)escape switch
    {
        'b' => (byte)'\b',
        'f' => (byte)'\f',
        'n' => (byte)'\n',
        'r' => (byte)'\r',
        't' => (byte)'\t',
        _ => escape,
    };
}
