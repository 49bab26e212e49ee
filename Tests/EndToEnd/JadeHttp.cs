using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

/// <summary>Requests as a person types them, checked for the status they should have.</summary>
internal static class JadeHttp
{
    public static async Task<JsonNode> Post(this HttpClient http, string path, string json, HttpStatusCode expected = HttpStatusCode.OK, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        return await http.Send(request, expected);
    }

    public static async Task<JsonNode> Put(this HttpClient http, string path, string json, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        return await http.Send(request, expected);
    }

    public static async Task<JsonNode> Get(this HttpClient http, string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await http.Send(request, expected);
    }

    public static async Task<JsonNode> Delete(this HttpClient http, string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        return await http.Send(request, expected);
    }

    /// <summary>Creates a database and returns its id.</summary>
    public static async Task<string> CreateDatabase(this HttpClient http, string name, int dimension, string more = "")
    {
        var created = await http.Post("/v1/databases", $$"""{"name":"{{name}}","vectorDimension":{{dimension}}{{more}}}""", HttpStatusCode.Created);
        return (string)created["databaseId"]!;
    }

    public static string[] Ids(this JsonNode searchReply) => [.. searchReply["results"]!.AsArray().Select(hit => (string)hit!["id"]!)];

    private static async Task<JsonNode> Send(this HttpClient http, HttpRequestMessage request, HttpStatusCode expected)
    {
        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{request.Method} {request.RequestUri}: {(int)response.StatusCode}, expected {(int)expected}: {body}");
        return body.Length == 0 ? new JsonObject() : JsonNode.Parse(body)!;
    }
}
