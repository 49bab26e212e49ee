using System.Diagnostics;
using System.Net;
using JadeVector.Client;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

public sealed class SnapshotTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Snapshot_restores_to_a_database_of_its_own_and_a_branch_goes_its_own_way()
    {
        using var folder = new TemporaryDirectory();
        string database, restored, branch, snapshot;
        await using (var node = await Node.StartAsync(folder.Path))
        {
            using var client = new JadeClient(new JadeClientOptions { BaseAddress = node.Http.BaseAddress! }, node.Http);
            database = await node.Http.CreateDatabase("original", 3, ""","metric":"euclidean","sharding":{"strategy":"hash","numShards":2}""");
            await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(0, 100), HttpStatusCode.Created);
            snapshot = (await client.CreateSnapshotAsync(database, "before")).SnapshotId;
            await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(100, 50), HttpStatusCode.Created);
            await node.Http.Delete($"/v1/databases/{database}/vectors/v3");
            Assert.True(await client.CompactAsync(database));
            Assert.Equal(2, (await client.ListSnapshotsAsync(database)).Single().Sequences.Count);

            restored = await client.RestoreSnapshotAsync(database, snapshot, "restored");
            Assert.Equal(100, await Count(node, restored));
            await node.Http.Get($"/v1/databases/{restored}/vectors/v3");
            branch = await client.CreateBranchAsync(database, "branch");
            Assert.Equal(149, await Count(node, branch));
            await node.Http.Delete($"/v1/databases/{branch}/vectors/v5");
            await client.DeleteSnapshotAsync(database, snapshot);
            Assert.Empty(await client.ListSnapshotsAsync(database));
            await node.Http.Delete($"/v1/databases/{database}", HttpStatusCode.Conflict);
        }

        await using (var node = await Node.StartAsync(folder.Path))
        {
            Assert.Equal((149, 100, 148), (await Count(node, database), await Count(node, restored), await Count(node, branch)));
            Assert.Equal(["v5", "v4", "v6"], (await node.Http.Post($"/v1/databases/{restored}/search", """{"queryVector":[5,5,5],"topK":3}""")).Ids());
            Assert.DoesNotContain("v5", (await node.Http.Post($"/v1/databases/{branch}/search", """{"queryVector":[5,5,5],"topK":3}""")).Ids());
            await node.Http.Delete($"/v1/databases/{branch}");
            await node.Http.Delete($"/v1/databases/{database}");
            Assert.Equal(100, await Count(node, restored));
            Assert.Empty(Directory.Exists(Path.Combine(folder.Path, "databases", database)) ? Directory.GetFileSystemEntries(Path.Combine(folder.Path, "databases", database)) : []);
        }
    }

    [Fact]
    public async Task Scheduled_snapshots_are_taken_and_let_go_by_the_database_itself_and_after_a_restart_too()
    {
        using var folder = new TemporaryDirectory();
        string database, byHand;
        DateTimeOffset newest;
        (string, string) setting = ("Limits:BackupEverySecondsMin", "1");
        await using (var node = await Node.StartAsync(folder.Path, setting))
        {
            using var client = new JadeClient(new JadeClientOptions { BaseAddress = node.Http.BaseAddress! }, node.Http);
            database = await client.CreateDatabaseAsync(
                new DatabaseDefinition { Name = "kept", VectorDimension = 3, Metric = "euclidean", Backups = new Backups { EverySeconds = 1, Keep = 2 } });
            await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(0, 10), HttpStatusCode.Created);
            byHand = (await client.CreateSnapshotAsync(database, "by hand")).SnapshotId;
            var kept = await Until(client, database, kept => kept.Count == 2);
            newest = (await Until(client, database, later => later.Count == 2 && later[0].CreatedAt >= kept[1].CreatedAt))[1].CreatedAt;
        }

        await using (var node = await Node.StartAsync(folder.Path, setting))
        {
            using var client = new JadeClient(new JadeClientOptions { BaseAddress = node.Http.BaseAddress! }, node.Http);
            Assert.Equal((1, 2), ((await client.GetDatabaseAsync(database)).Backups!.EverySeconds, (await client.GetDatabaseAsync(database)).Backups!.Keep));
            var latest = (await Until(client, database, kept => kept.Count == 2 && kept[0].CreatedAt > newest))[1];
            Assert.Contains(byHand, (await client.ListSnapshotsAsync(database)).Select(snapshot => snapshot.SnapshotId));
            await client.UpdateDatabaseAsync(database, new DatabaseUpdate { Backups = new Backups { EverySeconds = 0 } });
            Assert.Null((await client.GetDatabaseAsync(database)).Backups);
            latest = (await client.ListSnapshotsAsync(database)).Last(snapshot => snapshot.Scheduled);
            var restored = await client.RestoreSnapshotAsync(database, latest.SnapshotId, "restored");
            Assert.Equal(10, await Count(node, restored));
        }
    }

    /// <summary>The scheduled snapshots, oldest first, as soon as they are as they should be.</summary>
    private static async Task<List<Snapshot>> Until(JadeClient client, string database, Func<List<Snapshot>, bool> isSo)
    {
        for (var since = Stopwatch.StartNew(); ;)
        {
            var kept = (await client.ListSnapshotsAsync(database)).Where(snapshot => snapshot.Scheduled).ToList();
            if (isSo(kept))
                return kept;
            Assert.True(since.Elapsed < Patience, $"after {since.Elapsed} there are {kept.Count} scheduled snapshots");
        }
    }

    [Fact]
    public async Task Snapshot_travels_as_a_file_to_another_node_and_a_cut_or_flipped_one_is_refused()
    {
        using var folder = new TemporaryDirectory();
        using var elsewhere = new TemporaryDirectory();
        using var file = new MemoryStream();
        await using (var node = await Node.StartAsync(folder.Path))
        {
            using var client = new JadeClient(new JadeClientOptions { BaseAddress = node.Http.BaseAddress! }, node.Http);
            var database = await node.Http.CreateDatabase("original", 3, ""","metric":"euclidean","sharding":{"strategy":"hash","numShards":3}""");
            await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(0, 60), HttpStatusCode.Created);
            await client.CompactAsync(database);
            await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(60, 40), HttpStatusCode.Created);
            await node.Http.Delete($"/v1/databases/{database}/vectors/v5");
            await client.ExportSnapshotAsync(database, (await client.CreateSnapshotAsync(database)).SnapshotId, file);
        }

        await using (var node = await Node.StartAsync(elsewhere.Path))
        {
            using var client = new JadeClient(new JadeClientOptions { BaseAddress = node.Http.BaseAddress! }, node.Http);
            var bytes = file.ToArray();
            foreach (var bad in (byte[][])[bytes[..^1], bytes[..(bytes.Length / 2)], Flipped(bytes, bytes.Length / 2), Flipped(bytes, 3), []])
            {
                var refused = await Assert.ThrowsAsync<JadeApiException>(() => client.ImportSnapshotAsync("imported", new MemoryStream(bad)));
                Assert.Equal("invalid_argument", refused.Code);
            }

            var database = await client.ImportSnapshotAsync("imported", new MemoryStream(bytes));
            Assert.Equal(99, await Count(node, database));
            Assert.Equal(["v6", "v7", "v4"], (await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[5.9,5.9,5.9],"topK":3}""")).Ids());
            Assert.Single(Directory.GetDirectories(Path.Combine(elsewhere.Path, "databases")));
        }

        static byte[] Flipped(byte[] bytes, int offset)
        {
            var copy = bytes.ToArray();
            copy[offset] ^= 4;
            return copy;
        }
    }

    [Fact]
    public async Task Failed_restore_leaves_nothing_and_frees_the_name()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var database = await node.Http.CreateDatabase("original", 3, ""","metric":"euclidean" """);
        await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(0, 10), HttpStatusCode.Created);
        await node.Http.Post($"/v1/databases/{database}/compact", "{}");
        var snapshot = (string)(await node.Http.Post($"/v1/databases/{database}/snapshots", "{}", HttpStatusCode.Created))["snapshotId"]!;
        await node.Http.Post($"/v1/databases/{database}/snapshots/sn_none/restore", """{"name":"other"}""", HttpStatusCode.NotFound);
        await node.Http.Post($"/v1/databases/{database}/snapshots/{snapshot}/restore", """{"name":"original"}""", HttpStatusCode.Conflict);
        await node.Http.Post($"/v1/databases/{database}/snapshots/{snapshot}/restore", """{"name":"other","at":"2001-01-01T00:00:00Z"}""", HttpStatusCode.BadRequest);
        await node.Http.CreateDatabase("other", 3);
    }

    private static async Task<int> Count(Node node, string database) =>
        (await node.Http.Get($"/v1/databases/{database}/vectors?limit=1000"))["vectors"]!.AsArray().Count;

    private static string Batch(int first, int count) =>
        $$"""{"vectors":[{{string.Join(',', Enumerable.Range(first, count).Select(i => $$"""{"id":"v{{i}}","values":[{{i}},{{i}},{{i}}]}"""))}}]}""";
}
