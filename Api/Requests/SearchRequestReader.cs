using System.Text.Json;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Requests;

/// <summary>A search as its body asks for it.</summary>
internal struct SearchBody
{
    public byte[]? QueryVector;
    public string? QueryText;
    public int TopK;
    public float? Threshold;
    public byte[]? Filter;
    public int? EfSearch;
    public int? Probes;
    public int? Rescore;
    public bool Exact;
    public bool Explain;
    public bool IncludeMetadata;
    public bool IncludeValues;
    public string? Index;
}

/// <summary>Reads the body of a search.</summary>
internal static class SearchRequestReader
{
    private const int TopKDefault = 10;

    public static SearchBody Read(ReadOnlySpan<byte> body, int dimension, LimitOptions limits)
    {
        var reader = new Utf8JsonReader(body, JsonFields.ReaderOptions);
        JsonFields.StartObject(ref reader, FieldPlace.Body);
        var search = new SearchBody { TopK = TopKDefault };
        uint seen = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!ReadWhat(ref reader, body, ref search, ref seen, dimension, limits)
                && !ReadHow(ref reader, ref search, ref seen, limits)
                && !SkipUnbuilt(ref reader))
                throw JsonFields.Unknown(ref reader, FieldPlace.Body);
        }

        JsonFields.End(ref reader);
        SearchRules.CheckQuery(search.QueryVector is not null, search.QueryText is not null);
        return search;
    }

    private static bool ReadWhat(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> body, ref SearchBody search, ref uint seen, int dimension, LimitOptions limits)
    {
        if (reader.ValueTextEquals("queryVector"u8))
        {
            JsonFields.Once(ref seen, 0, FieldPlace.Body, "queryVector");
            search.QueryVector = ValuesReader.Read(ref reader, body, FieldPlace.Body, "queryVector", dimension);
        }
        else if (reader.ValueTextEquals("topK"u8))
        {
            JsonFields.Once(ref seen, 1, FieldPlace.Body, "topK");
            search.TopK = JsonFields.Whole(ref reader, FieldPlace.Body, "topK", 1, limits.TopK, nameof(LimitOptions.TopK)) ?? TopKDefault;
        }
        else if (reader.ValueTextEquals("filters"u8))
        {
            JsonFields.Once(ref seen, 2, FieldPlace.Body, "filters");
            search.Filter = ReadFilter(ref reader, body, limits);
        }
        else if (reader.ValueTextEquals("threshold"u8))
        {
            JsonFields.Once(ref seen, 3, FieldPlace.Body, "threshold");
            search.Threshold = JsonFields.Single(ref reader, FieldPlace.Body, "threshold");
        }
        else if (reader.ValueTextEquals("queryText"u8))
        {
            JsonFields.Once(ref seen, 4, FieldPlace.Body, "queryText");
            search.QueryText = JsonFields.LimitedText(ref reader, FieldPlace.Body, "queryText", limits);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool ReadHow(ref Utf8JsonReader reader, ref SearchBody search, ref uint seen, LimitOptions limits)
    {
        if (reader.ValueTextEquals("includeMetadata"u8))
        {
            JsonFields.Once(ref seen, 5, FieldPlace.Body, "includeMetadata");
            search.IncludeMetadata = JsonFields.Flag(ref reader, FieldPlace.Body, "includeMetadata") ?? false;
        }
        else if (reader.ValueTextEquals("includeValues"u8))
        {
            JsonFields.Once(ref seen, 6, FieldPlace.Body, "includeValues");
            search.IncludeValues |= JsonFields.Flag(ref reader, FieldPlace.Body, "includeValues") ?? false;
        }
        else if (reader.ValueTextEquals("includeVectorData"u8))
        {
            JsonFields.Once(ref seen, 7, FieldPlace.Body, "includeVectorData");
            search.IncludeValues |= JsonFields.Flag(ref reader, FieldPlace.Body, "includeVectorData") ?? false;
        }
        else if (reader.ValueTextEquals("efSearch"u8))
        {
            JsonFields.Once(ref seen, 8, FieldPlace.Body, "efSearch");
            search.EfSearch = JsonFields.Whole(ref reader, FieldPlace.Body, "efSearch", 1, limits.EfSearch, nameof(LimitOptions.EfSearch));
        }
        else if (reader.ValueTextEquals("nprobe"u8))
        {
            JsonFields.Once(ref seen, 12, FieldPlace.Body, "nprobe");
            search.Probes = JsonFields.Whole(ref reader, FieldPlace.Body, "nprobe", 1, limits.Probes, nameof(LimitOptions.Probes));
        }
        else if (reader.ValueTextEquals("rescore"u8))
        {
            JsonFields.Once(ref seen, 13, FieldPlace.Body, "rescore");
            search.Rescore = JsonFields.Whole(ref reader, FieldPlace.Body, "rescore", 1, limits.Rescore, nameof(LimitOptions.Rescore));
        }
        else if (reader.ValueTextEquals("exact"u8))
        {
            JsonFields.Once(ref seen, 9, FieldPlace.Body, "exact");
            search.Exact = JsonFields.Flag(ref reader, FieldPlace.Body, "exact") ?? false;
        }
        else if (reader.ValueTextEquals("explain"u8))
        {
            JsonFields.Once(ref seen, 10, FieldPlace.Body, "explain");
            search.Explain = JsonFields.Flag(ref reader, FieldPlace.Body, "explain") ?? false;
        }
        else if (reader.ValueTextEquals("index"u8))
        {
            JsonFields.Once(ref seen, 11, FieldPlace.Body, "index");
            search.Index = JsonFields.Text(ref reader, FieldPlace.Body, "index");
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool SkipUnbuilt(ref Utf8JsonReader reader)
    {
        const string NotYet = "is not built yet; leave it out.";
        if (reader.ValueTextEquals("queryId"u8))
            JsonFields.OnlyDefault(ref reader, FieldPlace.Body, "queryId", NotYet);
        else if (reader.ValueTextEquals("groupBy"u8))
            JsonFields.OnlyDefault(ref reader, FieldPlace.Body, "groupBy", NotYet);
        else if (reader.ValueTextEquals("diversity"u8))
            JsonFields.OnlyDefault(ref reader, FieldPlace.Body, "diversity", NotYet);
        else if (reader.ValueTextEquals("embeddingModel"u8))
            JsonFields.OnlyDefault(ref reader, FieldPlace.Body, "embeddingModel", "cannot be chosen per search; it is a setting of the database.");
        else
            return false;
        return true;
    }

    private static byte[]? ReadFilter(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, LimitOptions limits)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            throw SearchRules.NoFilter();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return SearchRules.Filter(body[start..(int)reader.BytesConsumed], limits);
    }
}
