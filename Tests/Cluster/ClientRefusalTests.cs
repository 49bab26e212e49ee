using System.Net;
using System.Text.Json;
using JadeVector.Client;
using JadeVector.Tests.Cluster.Support;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>What is refused is refused alike, whichever way the request came.</summary>
public sealed class ClientRefusalTests(TwoClients.Fixture clients) : IClassFixture<TwoClients.Fixture>
{
    private const HttpStatusCode Bad = HttpStatusCode.BadRequest;
    private const string Missing = "db_01arz3ndektsv4rrffq69g5fav";

    /// <summary>What is asked, and the code that it is refused with.</summary>
    private static readonly Dictionary<string, (string Code, HttpStatusCode Status, Func<IJadeClient, string, Task> Ask)> Refused = new()
    {
        ["a name that is taken"] = (
            "conflict", HttpStatusCode.Conflict, (client, _) => client.CreateDatabaseAsync(new DatabaseDefinition { Name = "refusals", VectorDimension = 3 })),
        ["no name"] = ("invalid_argument", Bad, (client, _) => client.CreateDatabaseAsync(new DatabaseDefinition { Name = " ", VectorDimension = 3 })),
        ["too many shards"] = (
            "limit_exceeded", Bad,
            (client, _) => client.CreateDatabaseAsync(new DatabaseDefinition { Name = "x", VectorDimension = 3, Sharding = new Sharding { NumShards = 100_000 } })),
        ["another index's parameter"] = (
            "not_supported", Bad,
            (client, _) => client.CreateDatabaseAsync(
                new DatabaseDefinition { Name = "x", VectorDimension = 3, IndexType = "IVF", IndexParameters = new IndexParameters { Tables = 3 } })),
        ["no index that there is"] = (
            "invalid_argument", Bad, (client, _) => client.CreateDatabaseAsync(new DatabaseDefinition { Name = "x", VectorDimension = 3, IndexType = "TREE" })),
        ["what is fixed"] = (
            "not_supported", Bad, (client, id) => client.UpdateDatabaseAsync(id, new DatabaseUpdate { IndexParameters = new IndexParameters { M = 99 } })),
        ["a database that is not there"] = ("not_found", HttpStatusCode.NotFound, (client, _) => client.GetDatabaseAsync(Missing)),
        ["what is no database id"] = ("not_found", HttpStatusCode.NotFound, (client, _) => client.GetDatabaseStatusAsync("no.id")),
        ["a vector of no database"] = ("not_found", HttpStatusCode.NotFound, (client, _) => client.GetAsync(Missing, "a")),
        ["another dimension"] = ("wrong_dimension", Bad, (client, id) => client.UpsertAsync(id, new VectorInput { Id = "a", Values = [1, 2] })),
        ["a component that is infinite"] = (
            "not_finite", Bad, (client, id) => client.UpsertAsync(id, new VectorInput { Id = "a", Values = [1, 2, float.PositiveInfinity] })),
        ["neither values nor text"] = ("invalid_argument", Bad, (client, id) => client.UpsertAsync(id, new VectorInput { Id = "a" })),
        ["an id that is empty"] = ("invalid_argument", Bad, (client, id) => client.UpsertAsync(id, new VectorInput { Id = "", Values = [1, 2, 3] })),
        ["an id that is long"] = (
            "limit_exceeded", Bad, (client, id) => client.UpsertAsync(id, new VectorInput { Id = new string('x', 257), Values = [1, 2, 3] })),
        ["metadata that is no object"] = (
            "invalid_argument", Bad, (client, id) => client.UpsertAsync(id, new VectorInput { Id = "a", Values = [1, 2, 3], Metadata = JsonElement.Parse("[1]") })),
        ["a batch of nothing that is good"] = (
            "wrong_dimension", Bad, (client, id) => client.UpsertAsync(id, [new VectorInput { Id = "a", Values = [1] }, new VectorInput { Id = "b", Values = [2] }])),
        ["an atomic batch over shards"] = (
            "atomic_cross_shard", Bad,
            (client, id) => client.UpsertAsync(
                id, [.. Enumerable.Range(0, 32).Select(row => new VectorInput { Id = $"a{row}", Values = [1, 2, row] })], new WriteOptions { Atomic = true })),
        ["a vector to replace that is not there"] = (
            "not_found", HttpStatusCode.NotFound, (client, id) => client.ReplaceAsync(id, new VectorInput { Id = "nobody", Values = [1, 2, 3] })),
        ["a consistency that is none"] = ("invalid_argument", Bad, (client, id) => client.GetAsync(id, "a", new ReadOptions { Consistency = "perhaps" })),
        ["a position that is none"] = ("invalid_argument", Bad, (client, id) => client.GetAsync(id, "a", new ReadOptions { MinPosition = "?" })),
        ["no ids"] = ("invalid_argument", Bad, (client, id) => client.GetAsync(id, Array.Empty<string>())),
        ["a page of none"] = ("invalid_argument", Bad, (client, id) => client.ListAsync(id, limit: 0)),
        ["a cursor that is none"] = ("invalid_argument", Bad, (client, id) => client.ListAsync(id, cursor: "?")),
        ["a query of another dimension"] = ("wrong_dimension", Bad, (client, id) => client.SearchAsync(id, new SearchRequest { QueryVector = [1] })),
        ["no query"] = ("invalid_argument", Bad, (client, id) => client.SearchAsync(id, new SearchRequest())),
        ["two queries"] = ("invalid_argument", Bad, (client, id) => client.SearchAsync(id, new SearchRequest { QueryVector = [1, 2, 3], QueryText = "a" })),
        ["results without end"] = ("limit_exceeded", Bad, (client, id) => client.SearchAsync(id, new SearchRequest { QueryVector = [1, 2, 3], TopK = 1_000_000 })),
        ["candidates without end"] = ("limit_exceeded", Bad, (client, id) => client.SearchAsync(id, new SearchRequest { QueryVector = [1, 2, 3], EfSearch = 1_000_000 })),
        ["no results"] = ("invalid_argument", Bad, (client, id) => client.SearchAsync(id, new SearchRequest { QueryVector = [1, 2, 3], TopK = 0 })),
        ["a filter that is none"] = (
            "invalid_argument", Bad,
            (client, id) => client.SearchAsync(id, new SearchRequest { QueryVector = [1, 2, 3], Filters = JsonElement.Parse("""{"a":{"$perhaps":1}}""") })),
        ["an import of nothing that is good"] = (
            "wrong_dimension", Bad, (client, id) => client.ImportAsync(id, new[] { new VectorInput { Id = "a", Values = [1] } }.ToAsyncEnumerable())),
        ["a label that is long"] = ("limit_exceeded", Bad, (client, id) => client.CreateSnapshotAsync(id, new string('x', 201))),
        ["a snapshot that is not there"] = ("not_found", HttpStatusCode.NotFound, (client, id) => client.RestoreSnapshotAsync(id, "sn_01arz3ndektsv4rrffq69g5fav", "x")),
    };

    [Fact]
    public async Task Status_code_and_message_are_the_same()
    {
        var id = await clients[Way.Http].CreateDatabaseAsync(
            new DatabaseDefinition { Name = "refusals", VectorDimension = 3, Metric = "euclidean", Sharding = new Sharding { NumShards = 4 } });
        foreach (var (what, (code, status, ask)) in Refused)
        {
            var http = await Assert.ThrowsAsync<JadeApiException>(() => ask(clients[Way.Http], id));
            var direct = await Assert.ThrowsAsync<JadeApiException>(() => ask(clients[Way.Direct], id));
            Assert.Equal((what, code, status), (what, http.Code, http.Status));
            Assert.Equal((what, http.Code, http.Status, http.Detail, http.RetryAfter), (what, direct.Code, direct.Status, direct.Detail, direct.RetryAfter));
        }
    }

    [Fact]
    public async Task A_key_that_was_used_for_another_body_is_refused_by_the_other_way_too()
    {
        var id = await clients[Way.Http].CreateDatabaseAsync(new DatabaseDefinition { Name = "keys", VectorDimension = 3 });
        var key = new WriteOptions { IdempotencyKey = "k" };
        var receipt = await clients[Way.Http].UpsertAsync(id, new VectorInput { Id = "a", Values = [1, 2, 3] }, key);
        Assert.Equal(receipt.Version, (await clients[Way.Direct].UpsertAsync(id, new VectorInput { Id = "a", Values = [1, 2, 3] }, key)).Version);
        var refusal = await Assert.ThrowsAsync<JadeApiException>(() => clients[Way.Direct].UpsertAsync(id, new VectorInput { Id = "a", Values = [3, 2, 1] }, key));
        Assert.Equal(("request_id_reused", HttpStatusCode.UnprocessableEntity), (refusal.Code, refusal.Status));
    }
}
