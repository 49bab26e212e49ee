using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Api.Support;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class SnapshotTests
{
    [Fact]
    public async Task Snapshots_are_taken_listed_and_deleted()
    {
        await using var host = await ApiHost.StartAsync();
        var database = await host.CreateDatabaseAsync();
        var taken = (await host.PostAsync($"/v1/databases/{database}/snapshots", """{"label":"before"}""")).ExpectJson(201);
        Assert.Equal(("before", database, 7), (taken["label"]!.GetValue<string>(), taken["databaseId"]!.GetValue<string>(), taken["sequences"]![0]!.GetValue<int>()));
        var id = taken["snapshotId"]!.GetValue<string>();
        var list = (await host.GetAsync($"/api/v1/databases/{database}/snapshots")).ExpectJson(200);
        Assert.Equal(id, Assert.Single(list["snapshots"]!.AsArray())!["snapshotId"]!.GetValue<string>());
        Assert.Equal(id, (await host.DeleteAsync($"/v1/databases/{database}/snapshots/{id}")).ExpectJson(200)["snapshotId"]!.GetValue<string>());
        (await host.DeleteAsync($"/v1/databases/{database}/snapshots/{id}")).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task Databases_are_made_from_snapshots_and_as_branches()
    {
        await using var host = await ApiHost.StartAsync();
        var database = await host.CreateDatabaseAsync();
        var restored = (await host.PostAsync($"/v1/databases/{database}/snapshots/sn_1/restore", """{"name":"r","at":"2026-05-04T09:30:00Z"}""")).ExpectJson(201);
        Assert.Equal("r", restored["name"]!.GetValue<string>());
        Assert.Equal(new DatabaseOrigin { DatabaseId = database, SnapshotId = "sn_1", At = new DateTimeOffset(2026, 5, 4, 9, 30, 0, TimeSpan.Zero) }, host.Cluster.LastOrigin);

        host.Cluster.MadeState = DatabaseState.Creating;
        var branch = (await host.PostAsync($"/v1/databases/{database}/branches", """{"name":"b"}""")).ExpectJson(202);
        Assert.Equal("creating", branch["state"]!.GetValue<string>());
        Assert.Equal(new DatabaseOrigin { DatabaseId = database }, host.Cluster.LastOrigin);
        (await host.PostAsync($"/v1/databases/{database}/branches", "{}")).ExpectProblem(400, "invalid_argument");
        (await host.PostAsync($"/v1/databases/{database}/branches", """{"name":"x","other":1}""")).ExpectProblem(400, "unknown_field");
        (await host.PostAsync($"/v1/databases/{database}/snapshots", $$"""{"label":"{{new string('x', 201)}}"}""")).ExpectProblem(400, "limit_exceeded");
    }

    [Fact]
    public async Task Snapshots_go_out_and_come_in_as_files()
    {
        await using var host = await ApiHost.StartAsync();
        var database = await host.CreateDatabaseAsync();
        var file = await host.GetAsync($"/v1/databases/{database}/snapshots/sn_1/export");
        Assert.Equal((200, "the file", "application/octet-stream"), (file.Status, file.Body, file.ContentType));
        (await host.GetAsync($"/v1/databases/{database}/snapshots/sn_none/export")).ExpectProblem(404, "not_found");
        var made = (await host.SendAsync(HttpMethod.Post, "/v1/databases/import-snapshot?name=from%20file", "the file", "application/octet-stream")).ExpectJson(201);
        Assert.Equal(("from file", "the file"), (made["name"]!.GetValue<string>(), host.Cluster.Imported));
        (await host.SendAsync(HttpMethod.Post, "/v1/databases/import-snapshot", "the file", "application/octet-stream")).ExpectProblem(400, "invalid_argument");
    }

    [Fact]
    public async Task Compaction_tells_whether_it_has_ended()
    {
        await using var host = await ApiHost.StartAsync();
        var database = await host.CreateDatabaseAsync();
        Assert.True((await host.PostAsync($"/v1/databases/{database}/compact", "{}")).ExpectJson(200)["done"]!.GetValue<bool>());
        host.Cluster.CompactionEnds = false;
        Assert.False((await host.PostAsync($"/v1/databases/{database}/compact", "{}")).ExpectJson(202)["done"]!.GetValue<bool>());
    }
}
