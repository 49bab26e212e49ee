using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using JadeVector.Api;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Api.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace JadeVector.Tests.Api.Support;

/// <summary>The edge on a port of its own, over a <see cref="FakeCluster"/>.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ApiHost(WebApplication app, FakeCluster cluster, FakeEmbeddings embeddings)
    {
        _app = app;
        Cluster = cluster;
        Embeddings = embeddings;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public FakeCluster Cluster { get; }

    public FakeEmbeddings Embeddings { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<ApiHost> StartAsync(params (string Key, string? Value)[] configuration)
    {
        var (app, cluster, embeddings) = Build("http://127.0.0.1:0", configuration);
        await app.StartAsync();
        return new ApiHost(app, cluster, embeddings);
    }

    /// <summary>Not started: for tests of what stops the start.</summary>
    public static (WebApplication App, FakeCluster Cluster, FakeEmbeddings Embeddings) Build(string url, params (string Key, string? Value)[] configuration)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Testing" });
        builder.Logging.ClearProviders();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(configuration.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
        builder.WebHost.UseUrls(url);
        var cluster = new FakeCluster();
        var embeddings = new FakeEmbeddings(ownDimension: 8);
        builder.Services.AddSingleton<IDatabaseCatalog>(cluster);
        builder.Services.AddSingleton<IVectorStore>(cluster);
        builder.Services.AddSingleton<IQueryPlanner>(cluster);
        builder.Services.AddSingleton<IClusterInfo>(cluster);
        builder.Services.AddSingleton<IDatabaseSnapshots>(cluster);
        builder.Services.AddSingleton<IReadiness>(cluster);
        builder.Services.AddKeyedSingleton<IEmbeddingGenerator<string, Embedding<float>>>("jade-hashing", embeddings);
        builder.Services.AddJadeApi();
        return (builder.Build().MapJadeApi(), cluster, embeddings);
    }

    /// <summary>Creates a database of that dimension and tells its id.</summary>
    public async Task<string> CreateDatabaseAsync(int dimension = 3, string name = "articles")
    {
        var answer = await PostAsync("/v1/databases", $$"""{"name":"{{name}}","vectorDimension":{{dimension}}}""");
        return answer.ExpectJson(201)["databaseId"]!.GetValue<string>();
    }

    public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<Answer> DeleteAsync(string path) => SendAsync(HttpMethod.Delete, path);

    public Task<Answer> PostAsync(string path, string json, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Post, path, json, headers: headers);

    public Task<Answer> PutAsync(string path, string json) => SendAsync(HttpMethod.Put, path, json);

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, string? body = null, string contentType = "application/json", (string Name, string Value)[]? headers = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        foreach (var (name, value) in headers ?? [])
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await Client.SendAsync(request);
        return await Answer.OfAsync(response);
    }

    /// <summary>Sends the target as it stands, which HttpClient would clean.</summary>
    public async Task<Answer> SendRawAsync(string method, string target, string? json = null)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(Client.BaseAddress!.Host, Client.BaseAddress.Port);
        await using var stream = tcp.GetStream();
        var body = Encoding.UTF8.GetBytes(json ?? "");
        var head = $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head));
        await stream.WriteAsync(body);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return Answer.OfText(await reader.ReadToEndAsync());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}

/// <summary>What came back.</summary>
internal sealed record Answer(int Status, string? ContentType, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public static async Task<Answer> OfAsync(HttpResponseMessage response) => new(
        (int)response.StatusCode,
        response.Content.Headers.ContentType?.MediaType,
        await response.Content.ReadAsStringAsync(),
        response.Headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase));

    /// <summary>Of a whole HTTP/1.1 response in text.</summary>
    public static Answer OfText(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var lines = text[..end].Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var body = text[(end + 4)..];
        return new Answer(int.Parse(lines[0].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), headers.GetValueOrDefault("Content-Type"), body, headers);
    }

    public JsonNode ExpectJson(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Body}");
        return Json;
    }

    /// <summary>A problem document of that status and code, complete.</summary>
    public JsonNode ExpectProblem(int status, string code)
    {
        Assert.True(Status == status, $"Expected {status} {code}, got {Status}: {Body}");
        Assert.StartsWith("application/problem+json", ContentType, StringComparison.Ordinal);
        var problem = Json;
        Assert.Equal($"urn:jade:{code}", problem["type"]!.GetValue<string>());
        Assert.Equal(code, problem["code"]!.GetValue<string>());
        Assert.Equal(code, problem["error"]!.GetValue<string>());
        Assert.Equal(status, problem["status"]!.GetValue<int>());
        Assert.Equal(problem["detail"]!.GetValue<string>(), problem["message"]!.GetValue<string>());
        Assert.NotEqual("", problem["title"]!.GetValue<string>());
        Assert.NotEqual("", problem["traceId"]!.GetValue<string>());
        Assert.Equal(JsonValueKind.Object, problem["details"]!.GetValueKind());
        return problem;
    }
}
