using System.Text.Json;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Search;

/// <summary>Writes what a search found.</summary>
internal static class SearchJson
{
    public static void Write(
        Utf8JsonWriter writer, SearchReply reply, DatabaseDescription database, bool explain, ValuesForm form, TimeSpan elapsed)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("results"u8);
        foreach (var hit in reply.Hits)
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, hit.Id);
            writer.WriteNumber("similarity"u8, SearchRules.Score(hit.Similarity));
            writer.WriteNumber("distance"u8, SearchRules.Score(hit.Distance));
            VectorJson.WriteParts(writer, hit.Values, hit.Metadata, hit.Text, form);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("count"u8, reply.Hits.Count);
        writer.WriteNumber("queryTimeMs"u8, Math.Round(elapsed.TotalMilliseconds, 3));
        writer.WriteString("indexUsed"u8, SearchRules.IndexUsed(reply, database));
        if (explain)
            WriteExplain(writer, reply);
        if (reply.MissingShards.Count > 0)
        {
            writer.WriteStartArray("missingShards"u8);
            foreach (var shard in reply.MissingShards)
                writer.WriteNumberValue(shard);
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteExplain(Utf8JsonWriter writer, SearchReply reply)
    {
        writer.WriteStartObject("explain"u8);
        writer.WriteNumber("distancesComputed"u8, reply.Shards.Sum(shard => shard.DistancesComputed));
        writer.WriteNumber("vectorCount"u8, reply.Shards.Sum(shard => shard.VectorCount));
        writer.WriteStartArray("shards"u8);
        foreach (var shard in reply.Shards)
        {
            writer.WriteStartObject();
            writer.WriteNumber("shard"u8, shard.Shard);
            writer.WriteString("strategy"u8, shard.Strategy);
            writer.WriteNumber("distancesComputed"u8, shard.DistancesComputed);
            writer.WriteNumber("tailRows"u8, shard.TailRows);
            writer.WriteNumber("vectorCount"u8, shard.VectorCount);
            writer.WriteNumber("efSearch"u8, shard.EfSearch);
            writer.WriteNumber("nprobe"u8, shard.Probes);
            writer.WriteNumber("segmentCount"u8, shard.SegmentCount);
            writer.WriteNumber("engineMicroseconds"u8, Math.Round(shard.EngineMicroseconds, 1));
            writer.WriteNumber("replica"u8, shard.Replica);
            writer.WriteString("node"u8, shard.Node);
            if (shard.FilterEstimatedRows is { } estimated)
                writer.WriteNumber("filterEstimatedRows"u8, estimated);
            if (shard.FilterMatchedRows is { } matched)
                writer.WriteNumber("filterMatchedRows"u8, matched);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
