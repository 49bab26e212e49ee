using System.Text.Json;
using JadeVector.Engine.Filters;

namespace JadeVector.Engine.MetadataIndexes;

/// <summary>Reads the metadata of rows one after the other and writes the index over them.</summary>
/// <remarks>Arrays are transparent, as <see cref="FieldPath"/> has it: an element is a value of the array's own path, and the fields of an object in an array are fields below that path.</remarks>
internal sealed class MetadataIndexBuilder
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = FilterLimits.MetadataDepthMax };

    private readonly FieldBuilder _root = new([]);
    private readonly List<FieldBuilder> _fields = [];
    private readonly List<int> _unread = [];
    private byte[] _unescaped = new byte[256];
    private int _rowCount;
    private bool _hasOtherFields;

    /// <summary>Adds the next row.</summary>
    /// <param name="metadata">A JSON object in UTF-8, or empty.</param>
    public void Add(ReadOnlySpan<byte> metadata)
    {
        var row = _rowCount++;
        if (metadata.IsEmpty)
            return;
        try
        {
            var reader = new Utf8JsonReader(metadata, ReaderOptions);
            reader.Read();
            AddValue(ref reader, _root, row, insideArray: false);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            _unread.Add(row);   // a filter tests such a row itself, and says what is wrong with it
        }
    }

    public void Write(ImageSink sink)
    {
        var writer = new ImageWriter(sink);
        writer.Write("JADEMETA"u8);
        writer.Write<long>([MetadataIndex.FormatVersion]);
        _fields.Sort(static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        var entries = new FieldEntry[_fields.Count];
        for (var i = 0; i < entries.Length; i++)
            entries[i] = _fields[i].Write(writer, _rowCount);
        var trailer = new ImageTrailer
        {
            RowCount = _rowCount,
            FieldCount = entries.Length,
            Fields = writer.Write<FieldEntry>(entries),
            Unread = writer.WritePosting([.. _unread], _rowCount),
            HasOtherFields = _hasOtherFields ? 1 : 0,
            Mark = ImageTrailer.EndMark,
        };
        writer.Write<ImageTrailer>([trailer]);
    }

    /// <summary>Takes in the value that the reader stands on, a value of <paramref name="field"/>; leaves the reader at its end.</summary>
    private void AddValue(ref Utf8JsonReader reader, FieldBuilder field, int row, bool insideArray)
    {
        if (field != _root)
            field.AddPresence(row);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartArray:
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    AddValue(ref reader, field, row, insideArray: true);
                break;
            case JsonTokenType.StartObject:
                AddFields(ref reader, field, row);
                break;
            default:
                if (field != _root)
                    field.AddValue(ScalarOf(ref reader), row, insideArray);
                break;
        }
    }

    private void AddFields(ref Utf8JsonReader reader, FieldBuilder parent, int row)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(parent, reader.ValueIsEscaped ? Unescaped(ref reader) : reader.ValueSpan);
            reader.Read();
            if (field is null)
                reader.Skip();
            else
                AddValue(ref reader, field, row, insideArray: false);
        }
    }

    private FieldBuilder? FieldOf(FieldBuilder parent, ReadOnlySpan<byte> name)
    {
        if (parent.Find(name) is { } known)
            return known;
        if (_fields.Count == MetadataIndexLimits.FieldsMax)
        {
            _hasOtherFields = true;
            return null;
        }

        _fields.Add(parent.Add(name));
        return _fields[^1];
    }

    private Scalar ScalarOf(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped ? Scalar.OfText(Unescaped(ref reader)) : Scalar.Of(ref reader);

    private ReadOnlySpan<byte> Unescaped(ref Utf8JsonReader reader)
    {
        var escaped = reader.ValueSpan;
        if (_unescaped.Length < escaped.Length)
            _unescaped = new byte[escaped.Length];
        return _unescaped.AsSpan(0, JsonText.Unescape(escaped, _unescaped));
    }
}
