using System.Net;
using System.Text.Json.Nodes;
using JadeVector.Cli;
using JadeVector.Cli.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JadeVector.Tests.Cli.Drills;

internal enum Flaw
{
    None,
    LosesAnAcknowledgedWrite,
    BringsBackADeletedVector,
    ChangesAValue,
    InventsAVector,
    HidesAVectorFromItsPages,
    RefusesAWrite,
    DoesNotStartAgain,
    ShowsAnOldState,
    RestoresAnOldState,
    BranchesAnOldState,
}

/// <summary>A node in this process whose memory survives its death, with a flaw if the test wants one. Requests that are under way when it dies are lost, half before they are applied and half after.</summary>
internal sealed class FakeNode(Flaw flaw) : INode, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, JsonObject> _vectors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _requestIds = [];
    private readonly HashSet<string> _hidden = [];
    private readonly Dictionary<string, JsonObject> _deleted = [];
    private readonly FakeCopies _copies = new();
    private WebApplication? _app;
    private bool _isDead;
    private int _starts;
    private int _requests;

    public bool IsRunning => _app is not null;

    public string LastWords => "";

    /// <summary>Requests that died under way.</summary>
    internal int LostAnswers { get; private set; }

    public async Task<Uri> StartAsync(CancellationToken cancellation)
    {
        if (_starts++ > 0 && flaw == Flaw.DoesNotStartAgain) throw new CliException("The node ended before it was ready.");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(AnswerAsync);
        _isDead = false;
        await _app.StartAsync(cancellation);
        return new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async Task KillAsync()
    {
        lock (_lock)
        {
            _isDead = true;
            Spoil();
        }

        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not { } app) return;
        _app = null;
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private void Spoil()
    {
        if (_vectors.Count == 0) return;
        var (id, vector) = _vectors.First();
        switch (flaw)
        {
            case Flaw.LosesAnAcknowledgedWrite:
                _vectors.Remove(id);
                break;
            case Flaw.ChangesAValue:
                vector["values"]!["base64"] = Convert.ToBase64String(new byte[64]);
                break;
            case Flaw.BringsBackADeletedVector:
                foreach (var (deletedId, deleted) in _deleted) _vectors.TryAdd(deletedId, deleted);
                break;
            case Flaw.InventsAVector:
                var invented = vector.DeepClone().AsObject();
                invented["id"] = "invented";
                _vectors["invented"] = invented;
                break;
            case Flaw.HidesAVectorFromItsPages:
                _hidden.Add(id);
                break;
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var body = context.Request.ContentLength is null or 0 && !context.Request.Headers.TransferEncoding.Any() ? null : await JsonNode.ParseAsync(context.Request.Body);
        var path = context.Request.Path.Value!;
        (int Status, JsonNode Body)? answer;
        lock (_lock)
        {
            // Every seventh write loses its answer although the node lives on: before it is applied, or after.
            var isLost = context.Request.Headers.ContainsKey("Idempotency-Key") && ++_requests % 7 == 0;
            answer = (_isDead || isLost) && _requests % 2 == 0 ? null : Answer(context.Request, path, body);
            if (_isDead || isLost)
            {
                LostAnswers++;
                answer = null;
            }
        }

        if (answer is not { } given)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = given.Status;
        context.Response.ContentType = given.Status < 400 ? "application/json" : "application/problem+json";
        await context.Response.WriteAsync(given.Body.ToJsonString());
    }

    private (int Status, JsonNode Body) Answer(HttpRequest request, string path, JsonNode? body) => (request.Method, path) switch
    {
        ("POST", "/v1/databases") => (201, new JsonObject { ["databaseId"] = "db_1" }),
        _ when _copies.Answer(request, path, body, flaw, _vectors) is { } ofCopies => ofCopies,
        ("DELETE", "/v1/databases/db_1") => (200, new JsonObject()),
        ("POST", "/v1/databases/db_1/search") => (200, new JsonObject { ["results"] = new JsonArray() }),
        ("POST", "/v1/databases/db_1/vectors/batch-get") when flaw == Flaw.ShowsAnOldState && _requests > 40 => (200, new JsonObject { ["vectors"] = new JsonArray() }),
        ("POST", "/v1/databases/db_1/vectors/batch-get") => (200, new JsonObject { ["vectors"] = Found(body!["ids"]!.AsArray()) }),
        ("GET", "/v1/databases/db_1/vectors") => (200, Page(request.Query["cursor"])),
        ("POST" or "DELETE", _) when flaw == Flaw.RefusesAWrite && _requests > 20 => (409, new JsonObject { ["code"] = "conflict", ["detail"] = "No." }),
        ("POST", "/v1/databases/db_1/vectors/batch") => (201, Write(request, [.. body!["vectors"]!.AsArray().Select(each => each!.AsObject())])),
        ("POST", "/v1/databases/db_1/vectors") => (201, Write(request, [body!.AsObject()])),
        ("DELETE", _) => Delete(request, path[(path.LastIndexOf('/') + 1)..]),
        _ => throw new InvalidOperationException($"{request.Method} {path}"),
    };

    private JsonObject Write(HttpRequest request, IReadOnlyList<JsonObject> vectors)
    {
        if (!IsRepeated(request))
        {
            foreach (var vector in vectors)
            {
                vector["version"] = _requests;
                _vectors[vector["id"]!.GetValue<string>()] = vector;
            }
        }

        return new JsonObject { ["version"] = _requests, ["inserted"] = vectors.Count };
    }

    private (int Status, JsonNode Body) Delete(HttpRequest request, string id)
    {
        var notFound = (404, (JsonNode)new JsonObject { ["code"] = "not_found", ["detail"] = "No vector.", ["details"] = new JsonObject { ["vectorId"] = id } });
        if (IsRepeated(request)) return (200, new JsonObject());
        if (!_vectors.Remove(id, out var vector)) return notFound;
        _deleted[id] = vector;
        return (200, new JsonObject());
    }

    private bool IsRepeated(HttpRequest request) => !_requestIds.Add(request.Headers["Idempotency-Key"]!);

    private JsonArray Found(JsonArray ids) =>
        [.. ids.Select(id => id!.GetValue<string>()).Where(_vectors.ContainsKey).Select(id => _vectors[id].DeepClone())];

    /// <summary>Pages of seven, so that there are several.</summary>
    private JsonObject Page(string? cursor)
    {
        var rest = _vectors.Where(each => !_hidden.Contains(each.Key) && (string.IsNullOrEmpty(cursor) || string.CompareOrdinal(each.Key, cursor) > 0)).Select(each => each.Value).ToList();
        var page = rest.Take(7).ToList();
        return new JsonObject
        {
            ["vectors"] = new JsonArray([.. page.Select(each => each.DeepClone())]),
            ["nextCursor"] = rest.Count > page.Count ? page[^1]["id"]!.GetValue<string>() : null,
        };
    }
}
