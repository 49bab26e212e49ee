using System.Net;
using JadeVector.Client;
using Xunit;

namespace JadeVector.Tests.Client;

public sealed class SnapshotClientTests
{
    [Fact]
    public async Task Snapshots_travel_as_the_server_has_them()
    {
        var server = new RecordedServer(HttpStatusCode.Created, """{"snapshotId":"sn_1","databaseId":"db_1","label":"l","createdAt":"2026-05-04T09:30:00+00:00","sequences":[3,4]}""");
        var snapshot = await Client(server).CreateSnapshotAsync("db_1", "l");
        Assert.Equal((HttpMethod.Post, "/v1/databases/db_1/snapshots", """{"label":"l"}"""), (server.Method, server.Target, server.Body));
        Assert.Equal(("sn_1", "l", 4ul), (snapshot.SnapshotId, snapshot.Label, snapshot.Sequences[1]));

        server = new RecordedServer(HttpStatusCode.OK, """{"status":"success","snapshotId":"sn_1"}""");
        await Client(server).DeleteSnapshotAsync("db_1", "sn_1");
        Assert.Equal((HttpMethod.Delete, "/v1/databases/db_1/snapshots/sn_1"), (server.Method, server.Target));
    }

    [Fact]
    public async Task Databases_are_made_from_snapshots_and_as_branches()
    {
        var server = new RecordedServer(HttpStatusCode.Created, """{"databaseId":"db_2","name":"n"}""");
        Assert.Equal("db_2", await Client(server).RestoreSnapshotAsync("db_1", "sn_1", "n"));
        Assert.Equal(("/v1/databases/db_1/snapshots/sn_1/restore", """{"name":"n"}"""), (server.Target, server.Body));
        Assert.Equal("db_2", await Client(server).CreateBranchAsync("db_1", "n"));
        Assert.Equal(("/v1/databases/db_1/branches", """{"name":"n"}"""), (server.Target, server.Body));
        Assert.False(await Client(new RecordedServer(HttpStatusCode.Accepted, """{"databaseId":"db_1","done":false}""")).CompactAsync("db_1"));
    }

    private static JadeClient Client(RecordedServer server) => new(new JadeClientOptions { BaseAddress = new Uri("http://server:8080/") }, new HttpClient(server));
}
