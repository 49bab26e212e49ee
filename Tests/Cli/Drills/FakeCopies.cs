using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace JadeVector.Tests.Cli.Drills;

/// <summary>Snapshots, restored databases and branches of a <see cref="FakeNode"/>, with a flaw if the test wants one.</summary>
internal sealed class FakeCopies
{
    private readonly Dictionary<string, (string Label, List<JsonObject> Vectors)> _snapshots = [];
    private readonly Dictionary<string, (string Id, List<JsonObject> Vectors)> _databases = [];
    private int _made;

    /// <returns>Null for a request about something else.</returns>
    internal (int Status, JsonNode Body)? Answer(HttpRequest request, string path, JsonNode? body, Flaw flaw, IReadOnlyDictionary<string, JsonObject> vectors)
    {
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries); // v1, databases, {id}, what, {snapshot}, restore
        return (request.Method, parts) switch
        {
            ("GET", [_, "databases"]) => (200, new JsonObject { ["databases"] = new JsonArray([.. Named(request.Query["name"]!)]) }),
            ("POST", [_, _, "db_1", "compact"]) => (200, new JsonObject { ["done"] = true }),
            ("GET", [_, _, "db_1", "snapshots"]) => (200, new JsonObject { ["snapshots"] = new JsonArray([.. _snapshots.Select(each => Snapshot(each.Key))]) }),
            ("POST", [_, _, "db_1", "snapshots"]) => (201, Take(body!["label"]!.GetValue<string>(), State(vectors, flaw == Flaw.RestoresAnOldState))),
            ("DELETE", [_, _, "db_1", "snapshots", var snapshot]) => (_snapshots.Remove(snapshot) ? 200 : 404, new JsonObject()),
            ("POST", [_, _, "db_1", "snapshots", var snapshot, "restore"]) => (201, Make(body!["name"]!.GetValue<string>(), _snapshots[snapshot].Vectors)),
            ("POST", [_, _, "db_1", "branches"]) => (201, Make(body!["name"]!.GetValue<string>(), State(vectors, flaw == Flaw.BranchesAnOldState))),
            ("GET", [_, _, var copy, "vectors"]) when copy != "db_1" => (200, Page(copy)),
            ("DELETE", [_, _, var copy]) when copy != "db_1" => (Remove(copy) ? 200 : 404, new JsonObject()),
            _ => null,
        };
    }

    private static List<JsonObject> State(IReadOnlyDictionary<string, JsonObject> vectors, bool isOld) => isOld ? [] : [.. vectors.Values.Select(each => each.DeepClone().AsObject())];

    private IEnumerable<JsonNode> Named(string name) => _databases.Where(each => each.Key == name).Select(each => new JsonObject
    {
        ["databaseId"] = each.Value.Id,
        ["name"] = name,
        ["vectorDimension"] = 16,
    });

    private JsonObject Snapshot(string id) => new() { ["snapshotId"] = id, ["databaseId"] = "db_1", ["label"] = _snapshots[id].Label };

    private JsonObject Take(string label, List<JsonObject> vectors)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"snap_{++_made}");
        _snapshots[id] = (label, vectors);
        return Snapshot(id);
    }

    private JsonObject Make(string name, List<JsonObject> vectors)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"db_copy_{++_made}");
        _databases[name] = (id, vectors);
        return new JsonObject { ["databaseId"] = id };
    }

    private JsonObject Page(string id) => new()
    {
        ["vectors"] = new JsonArray([.. _databases.Values.Single(each => each.Id == id).Vectors.Select(each => each.DeepClone())]),
        ["nextCursor"] = null,
    };

    private bool Remove(string id) => _databases.Where(each => each.Value.Id == id).Select(each => each.Key).ToArray() is [var name] && _databases.Remove(name);
}
