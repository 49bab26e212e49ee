using System.Runtime.InteropServices;
using System.Text.Json;
using JadeVector.Hosting.Edge;

namespace JadeVector.Client.Cluster;

/// <summary>Turns the vectors of one call into what is written, with the checks of every edge. Not for use by two threads: it keeps a buffer.</summary>
internal sealed class VectorItems(LimitOptions limits, int dimension)
{
    /// <summary>Deeper metadata is beyond every limit.</summary>
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 64 };

    private MetadataReader? _metadata;

    /// <exception cref="ApiRefusal">A field cannot be used; the message names it.</exception>
    public VectorItem Of(VectorInput vector, in FieldPlace place, string idField = "id")
    {
        var values = vector.Values is { } given ? ValuesOf(given, place) : null;
        var metadata = vector.Metadata is { } document ? MetadataOf(document, place) : null;
        var text = vector.Text is { } words ? FieldRules.Text(words, place.Field("text"), limits) : null;
        if (values is null && text is null)
            throw Refuse.Missing(place.Field("values"), "a vector needs 'values', or 'text' to make them of.");
        return new VectorItem
        {
            Id = VectorIds.Check(vector.Id, place.Field(idField), limits),
            Values = values,
            Metadata = metadata,
            Text = text,
            IfVersion = vector.IfVersion,
        };
    }

    /// <summary>A batch: an item that is refused does not take the others with it.</summary>
    public BatchEntry[] Of(IReadOnlyList<VectorInput> vectors)
    {
        if (vectors.Count > limits.BatchItems)
            throw Refuse.Limit("vectors (count)", nameof(LimitOptions.BatchItems), limits.BatchItems, vectors.Count);
        var entries = new BatchEntry[vectors.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            try
            {
                entries[i] = new BatchEntry(Of(vectors[i], new FieldPlace("vectors", i)), null);
            }
            catch (ApiRefusal refusal)
            {
                entries[i] = new BatchEntry(null, refusal);
            }
        }

        return entries;
    }

    private byte[] ValuesOf(float[] values, in FieldPlace place) => values.Length == dimension
        ? VectorBytes.Of(values, place.Field("values"))
        : throw Refuse.WrongDimension(place.Field("values"), dimension, values.Length);

    /// <summary>The document's own bytes, without their white space.</summary>
    private byte[]? MetadataOf(JsonElement document, in FieldPlace place)
    {
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(document), ReaderOptions);
        return (_metadata ??= new MetadataReader(limits)).Read(ref reader, place);
    }
}
