using System.Text.Json;
using JadeVector.Api.Requests;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Vectors;

/// <summary>A batch as its body has it.</summary>
internal readonly record struct Batch(IReadOnlyList<BatchEntry> Items, bool Upsert);

/// <summary>Reads the body of a batch; an item that is refused does not take the others with it.</summary>
internal static class BatchReader
{
    public static Batch Read(ReadOnlySpan<byte> body, int dimension, LimitOptions limits)
    {
        var reader = new Utf8JsonReader(body, JsonFields.ReaderOptions);
        JsonFields.StartObject(ref reader, FieldPlace.Body);
        List<BatchEntry>? items = null;
        var upsert = true;
        uint seen = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("vectors"u8))
            {
                JsonFields.Once(ref seen, 0, FieldPlace.Body, "vectors");
                items = ReadItems(ref reader, body, new VectorItemReader(limits, dimension), limits);
            }
            else if (reader.ValueTextEquals("upsert"u8))
            {
                JsonFields.Once(ref seen, 1, FieldPlace.Body, "upsert");
                upsert = JsonFields.Flag(ref reader, FieldPlace.Body, "upsert") ?? true;
            }
            else
            {
                throw JsonFields.Unknown(ref reader, FieldPlace.Body);
            }
        }

        JsonFields.End(ref reader);
        return new Batch(items ?? throw Refuse.Missing("vectors", "a list of vectors."), upsert);
    }

    private static List<BatchEntry> ReadItems(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, VectorItemReader itemReader, LimitOptions limits)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Refuse.Invalid("vectors", "must be a list.");
        var items = new List<BatchEntry>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == limits.BatchItems)
                throw Refuse.Limit("vectors (count)", nameof(LimitOptions.BatchItems), limits.BatchItems, items.Count + CountRest(reader));
            items.Add(ReadItem(ref reader, body, itemReader, items.Count));
        }

        return items;
    }

    private static BatchEntry ReadItem(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, VectorItemReader itemReader, int index)
    {
        var start = reader;
        try
        {
            return new BatchEntry(itemReader.Read(ref reader, body, new FieldPlace("vectors", index)), null);
        }
        catch (ApiRefusal refusal)
        {
            // To the end of the item: what is malformed there is malformed for the whole body.
            reader = start;
            reader.Skip();
            return new BatchEntry(null, refusal);
        }
    }

    private static int CountRest(Utf8JsonReader reader)
    {
        var count = 0;
        do
        {
            reader.Skip();
            count++;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray);
        return count;
    }
}
