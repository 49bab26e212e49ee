using System.Text.Json;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Requests;

/// <summary>Reads vectors off a body. Not for use by two threads: it keeps a buffer.</summary>
internal sealed class VectorItemReader(LimitOptions limits, int dimension)
{
    private readonly MetadataReader _metadata = new(limits);

    /// <param name="reader">On the start of the object, or before a body's first token.</param>
    /// <param name="pathId">The id in the address, where there is one: the body need not repeat it and must not differ.</param>
    public VectorItem Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> source, in FieldPlace place, string? pathId = null)
    {
        JsonFields.StartObject(ref reader, place);
        string? id = null;
        string? text = null;
        byte[]? values = null;
        byte[]? metadata = null;
        ulong? ifVersion = null;
        uint seen = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                JsonFields.Once(ref seen, 0, place, "id");
                id = JsonFields.Text(ref reader, place, "id");
            }
            else if (reader.ValueTextEquals("values"u8))
            {
                JsonFields.Once(ref seen, 1, place, "values");
                values = ValuesReader.Read(ref reader, source, place, "values", dimension);
            }
            else if (reader.ValueTextEquals("metadata"u8))
            {
                JsonFields.Once(ref seen, 2, place, "metadata");
                metadata = _metadata.Read(ref reader, place);
            }
            else if (reader.ValueTextEquals("text"u8))
            {
                JsonFields.Once(ref seen, 3, place, "text");
                text = JsonFields.LimitedText(ref reader, place, "text", limits);
            }
            else if (reader.ValueTextEquals("ifVersion"u8))
            {
                JsonFields.Once(ref seen, 4, place, "ifVersion");
                ifVersion = JsonFields.Version(ref reader, place, "ifVersion");
            }
            else if (!SkipUnbuilt(ref reader, place))
            {
                throw JsonFields.Unknown(ref reader, place);
            }
        }

        if (values is null && text is null)
            throw Refuse.Missing(place.Field("values"), "a vector needs 'values', or 'text' to make them of.");
        return new VectorItem
        {
            Id = IdOf(id, pathId, place),
            Values = values,
            Metadata = metadata,
            Text = text,
            IfVersion = ifVersion,
        };
    }

    private static bool SkipUnbuilt(ref Utf8JsonReader reader, in FieldPlace place)
    {
        if (reader.ValueTextEquals("version"u8))
            JsonFields.OnlyDefault(ref reader, place, "version", "is chosen by the server; to write only over a certain version, send it as 'ifVersion'.");
        else if (reader.ValueTextEquals("embeddingModel"u8))
            JsonFields.OnlyDefault(ref reader, place, "embeddingModel", "cannot be chosen per vector; it is a setting of the database.");
        else if (reader.ValueTextEquals("shard"u8))
            JsonFields.OnlyDefault(ref reader, place, "shard", "cannot be chosen; it follows from the id.");
        else if (reader.ValueTextEquals("deleted"u8))
            JsonFields.OnlyDefault(ref reader, place, "deleted", "cannot be set; delete the vector by its own route.");
        else
            return false;
        return true;
    }

    private string IdOf(string? id, string? pathId, in FieldPlace place)
    {
        if (pathId is not null)
        {
            return id is null || id == pathId
                ? VectorIds.Check(pathId, "vectorId", limits)
                : throw Refuse.Invalid(place.Field("id"), "differs from the id in the address.");
        }

        return id is null
            ? throw Refuse.Missing(place.Field("id"), $"a string of 1 to {limits.IdBytes} bytes.")
            : VectorIds.Check(id, place.Field("id"), limits);
    }
}
