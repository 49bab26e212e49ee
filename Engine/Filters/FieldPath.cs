using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace JadeVector.Engine.Filters;

/// <summary>Names a metadata field: property names from the outside in.</summary>
/// <remarks>
/// Arrays are transparent: wherever the walk meets one, it goes on with each element. So the values of a field are all
/// scalars (and objects) that its path reaches, and an empty array has none.
/// </remarks>
internal sealed class FieldPath
{
    private const int StackBufferBytes = 256;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = FilterLimits.MetadataDepthMax };

    private readonly byte[][] _names;

    private FieldPath(byte[][] names)
    {
        _names = names;
        Key = [.. names.SelectMany(name => KeyOf(name))];
    }

    /// <summary>The path as one string of bytes: per name its length, 4 bytes little-endian, and the name in UTF-8.</summary>
    internal byte[] Key { get; }

    /// <summary>What a name adds to the key of the path before it.</summary>
    internal static byte[] KeyOf(ReadOnlySpan<byte> name)
    {
        var key = new byte[sizeof(int) + name.Length];
        BinaryPrimitives.WriteInt32LittleEndian(key, name.Length);
        name.CopyTo(key.AsSpan(sizeof(int)));
        return key;
    }

    /// <summary>Splits at dots; <c>\.</c> is a dot and <c>\\</c> a backslash inside a name.</summary>
    /// <returns>Null when a name is empty or a backslash stands before anything else.</returns>
    internal static FieldPath? TryParse(string text)
    {
        var names = new List<byte[]>();
        var name = new StringBuilder();
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == '.')
            {
                if (name.Length == 0) return null;
                names.Add(Encoding.UTF8.GetBytes(name.ToString()));
                name.Clear();
            }
            else if (text[i] == '\\')
            {
                i++;
                if (i == text.Length || text[i] is not ('.' or '\\')) return null;
                name.Append(text[i]);
            }
            else
            {
                name.Append(text[i]);
            }
        }

        return new FieldPath([.. names]);
    }

    /// <summary>Whether some value of the field passes.</summary>
    internal bool AnyValue(ReadOnlySpan<byte> metadata, ValueTest test)
    {
        if (metadata.IsEmpty) return false;
        var reader = new Utf8JsonReader(metadata, ReaderOptions);
        reader.Read();
        return AnyValue(ref reader, depth: 0, insideArray: false, test);
    }

    /// <summary>Looks at the value the reader stands on; leaves the reader at its end unless the answer is true.</summary>
    private bool AnyValue(ref Utf8JsonReader reader, int depth, bool insideArray, ValueTest test)
    {
        var isLeaf = depth == _names.Length;
        if (isLeaf && test.NeedsOnlyPresence) return true;
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                if (AnyValue(ref reader, depth, insideArray: isLeaf, test)) return true;
            return false;
        }

        if (isLeaf) return PassesLeaf(ref reader, insideArray, test);
        return reader.TokenType == JsonTokenType.StartObject && AnyProperty(ref reader, depth, test);
    }

    private bool AnyProperty(ref Utf8JsonReader reader, int depth, ValueTest test)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isNamed = IsNamed(ref reader, _names[depth]);
            reader.Read();
            if (!isNamed) reader.Skip();
            else if (AnyValue(ref reader, depth + 1, insideArray: false, test)) return true;
        }

        return false;
    }

    private static bool IsNamed(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        if (!reader.ValueIsEscaped) return reader.ValueSpan.SequenceEqual(name);
        var length = reader.ValueSpan.Length;
        var buffer = length <= StackBufferBytes ? stackalloc byte[StackBufferBytes] : new byte[length];
        return buffer[..JsonText.Unescape(reader.ValueSpan, buffer)].SequenceEqual(name);
    }

    private static bool PassesLeaf(ref Utf8JsonReader reader, bool insideArray, ValueTest test)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;   // an object equals no scalar and is in no order with one
        }

        if (reader.TokenType != JsonTokenType.String || !reader.ValueIsEscaped)
            return test.Passes(Scalar.Of(ref reader), insideArray);

        var length = reader.ValueSpan.Length;
        var buffer = length <= StackBufferBytes ? stackalloc byte[StackBufferBytes] : new byte[length];
        return test.Passes(Scalar.OfText(buffer[..JsonText.Unescape(reader.ValueSpan, buffer)]), insideArray);
    }
}
