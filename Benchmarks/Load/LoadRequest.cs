using System.Globalization;
using System.Text;

namespace JadeVector.Benchmarks.Load;

/// <summary>Requests as the bytes that go over the connection, made before the time is taken.</summary>
internal static class LoadRequest
{
    internal static byte[] Post(string path, string json) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"));

    /// <param name="query">Little-endian float32.</param>
    /// <param name="efSearch">Null for the database's own.</param>
    internal static byte[] Search(string databaseId, byte[] query, int topK, int? efSearch = null) => Post(
        $"/v1/databases/{databaseId}/search",
        $$"""{"queryVector":{"base64":"{{Convert.ToBase64String(query)}}"},"topK":{{topK}},"includeMetadata":false{{(efSearch is { } ef ? $",\"efSearch\":{ef}" : "")}}}""");

    /// <param name="values">Little-endian float32.</param>
    internal static byte[] Upsert(string databaseId, string id, byte[] values) => Post($"/v1/databases/{databaseId}/vectors", Vector(id, values));

    /// <param name="values">Little-endian float32 each; their ids are the prefix and their number.</param>
    internal static byte[] UpsertBatch(string databaseId, string idPrefix, IReadOnlyList<byte[]> values)
    {
        var json = new StringBuilder("{\"vectors\":[");
        for (var i = 0; i < values.Count; i++)
            json.Append(i == 0 ? "" : ",").Append(Vector(string.Create(CultureInfo.InvariantCulture, $"{idPrefix}-{i}"), values[i]));
        return Post($"/v1/databases/{databaseId}/vectors/batch", json.Append("]}").ToString());
    }

    private static string Vector(string id, byte[] values) => $$$"""{"id":"{{{id}}}","values":{"base64":"{{{Convert.ToBase64String(values)}}}"}}""";
}
