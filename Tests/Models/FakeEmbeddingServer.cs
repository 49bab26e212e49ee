using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JadeVector.Tests.Models;

internal sealed record SeenRequest(string Path, string? Authorization, JsonObject Body);

/// <summary>An embeddings endpoint in this process, whose answers the test writes. It checks nothing itself.</summary>
internal sealed class FakeEmbeddingServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeEmbeddingServer(WebApplication app) => _app = app;

    internal ConcurrentQueue<SeenRequest> Requests { get; } = new();

    internal Uri BaseAddress => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/v1");

    /// <param name="answer">Gets the number of the request, from 0, its body and the context to answer on.</param>
    internal static async Task<FakeEmbeddingServer> StartAsync(Func<int, JsonObject, HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new FakeEmbeddingServer(app);
        app.Run(async context =>
        {
            var body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
            var number = server.Requests.Count;
            server.Requests.Enqueue(new SeenRequest(context.Request.Path, context.Request.Headers.Authorization, body));
            await answer(number, body, context);
        });
        await app.StartAsync();
        return server;
    }

    /// <summary>Answers vectors of [length of the text, place in the batch].</summary>
    internal static Task AnswerLengths(JsonObject body, HttpContext context, bool asBase64 = false, bool inReverse = false)
    {
        var items = body["input"]!.AsArray().Select((text, place) => new JsonObject
        {
            ["object"] = "embedding",
            ["index"] = place,
            ["embedding"] = asBase64 ? Base64(text!.GetValue<string>().Length, place) : new JsonArray(text!.GetValue<string>().Length, place),
        });
        return Answer(context, 200, new JsonObject { ["object"] = "list", ["data"] = new JsonArray([.. inReverse ? items.Reverse() : items]) }.ToJsonString());
    }

    internal static Task Answer(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static string Base64(params ReadOnlySpan<float> values) => Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
}
