using System.Buffers;
using System.Text;
using System.Text.Json;

namespace JadeVector.Hosting.Edge;

/// <summary>
/// Copies a metadata object token by token without its white space: numbers and strings keep their very text, so that
/// 2^53+1, 1.0 and 1 come back as they went in.
/// </summary>
internal sealed class MetadataReader(LimitOptions limits)
{
    /// <summary>Longer number texts than this can be beyond a double without an exponent.</summary>
    private const int PlainDigitsMax = 300;

    private readonly ArrayBufferWriter<byte> _output = new(1024);
    private readonly List<HashSet<string>> _keys = [];

    /// <param name="reader">Before the value.</param>
    /// <returns>Minified UTF-8, or null where the value is null.</returns>
    public byte[]? Read(ref Utf8JsonReader reader, in FieldPlace place)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refuse.Invalid(place.Field("metadata"), "must be a JSON object.");

        _output.ResetWrittenCount();
        CopyTokens(ref reader, place);
        return _output.WrittenCount <= limits.MetadataBytes
            ? _output.WrittenSpan.ToArray()
            : throw Refuse.Limit(place.Field("metadata") + " (bytes)", nameof(LimitOptions.MetadataBytes), limits.MetadataBytes, _output.WrittenCount);
    }

    private void CopyTokens(ref Utf8JsonReader reader, in FieldPlace place)
    {
        var depth = 0;
        var needsComma = false;
        do
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    Separate(needsComma);
                    if (++depth > limits.MetadataDepth)
                        throw Refuse.Limit(place.Field("metadata") + " (depth)", nameof(LimitOptions.MetadataDepth), limits.MetadataDepth, depth);
                    Put(reader.TokenType == JsonTokenType.StartObject ? "{"u8 : "["u8);
                    KeysAt(depth).Clear();
                    needsComma = false;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    Put(reader.TokenType == JsonTokenType.EndObject ? "}"u8 : "]"u8);
                    depth--;
                    needsComma = true;
                    break;
                case JsonTokenType.PropertyName:
                    Separate(needsComma);
                    var key = JsonText.StringOf(ref reader, place.Field("metadata"));
                    if (!KeysAt(depth).Add(key))
                        throw Refuse.Invalid(place.Field("metadata"), $"has the key '{key}' twice in one object.");
                    PutQuoted(reader.ValueSpan);
                    Put(":"u8);
                    needsComma = false;
                    break;
                default:
                    Separate(needsComma);
                    PutScalar(ref reader, place);
                    needsComma = true;
                    break;
            }
        }
        while (depth > 0 && reader.Read());
    }

    private void PutScalar(ref Utf8JsonReader reader, in FieldPlace place)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            if (reader.ValueIsEscaped || !Ascii.IsValid(reader.ValueSpan))
                _ = JsonText.StringOf(ref reader, place.Field("metadata"));
            PutQuoted(reader.ValueSpan);
            return;
        }

        if (reader.TokenType == JsonTokenType.Number && (reader.ValueSpan.Length > PlainDigitsMax || reader.ValueSpan.ContainsAny("eE"u8))
            && !double.IsFinite(reader.GetDouble()))
            throw Refuse.NotFiniteNumber(place.Field("metadata"));
        Put(reader.ValueSpan);
    }

    private HashSet<string> KeysAt(int depth)
    {
        while (_keys.Count < depth)
            _keys.Add(new HashSet<string>(StringComparer.Ordinal));
        return _keys[depth - 1];
    }

    private void Separate(bool needsComma)
    {
        if (needsComma)
            Put(","u8);
    }

    private void PutQuoted(ReadOnlySpan<byte> text)
    {
        Put("\""u8);
        Put(text);
        Put("\""u8);
    }

    private void Put(ReadOnlySpan<byte> bytes) => _output.Write(bytes);
}
