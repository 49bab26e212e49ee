using System.Text.Json;
using JadeVector.Client;
using JadeVector.Tests.Cluster.Support;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>What a client promises is the same over HTTP and straight to the silos.</summary>
public sealed class ClientsTests(TwoClients.Fixture clients) : IClassFixture<TwoClients.Fixture>
{
    private const string Metadata = """{"n":9007199254740993,"f":1.0,"tags":["a","ß"],"city":"Łódź"}""";

    [Theory]
    [InlineData(Way.Http)]
    [InlineData(Way.Direct)]
    public async Task A_database_is_made_described_changed_and_deleted(Way way)
    {
        var client = clients[way];
        var name = $"life-{way}";
        var id = await client.CreateDatabaseAsync(new DatabaseDefinition
        {
            Name = name,
            Description = "first",
            VectorDimension = 3,
            Metric = "dot",
            IndexParameters = new IndexParameters { M = 8, EfSearch = 70 },
            Sharding = new Sharding { NumShards = 3 },
        });
        var made = await client.GetDatabaseAsync(id);
        Assert.Equal((id, name, "first", 3), (made.DatabaseId, made.Name, made.Description, made.VectorDimension));
        Assert.Equal(("dot", "HNSW", "active"), (made.Metric, made.IndexType, made.State));
        Assert.Equal(new IndexParameters { M = 8, EfConstruction = 200, EfSearch = 70, Quantization = "none" }, made.IndexParameters);
        Assert.Equal(("hash", 3), (made.Sharding?.Strategy, made.Sharding?.NumShards));
        Assert.Equal(made, await client.FindDatabaseAsync(name));
        Assert.Null(await client.FindDatabaseAsync("nobody"));
        Assert.Contains(made, await client.ListDatabasesAsync());

        var changed = await client.UpdateDatabaseAsync(id, new DatabaseUpdate { Description = "second", IndexParameters = new IndexParameters { EfSearch = 99 } });
        Assert.Equal(("second", 99, 8), (changed.Description, changed.IndexParameters?.EfSearch, changed.IndexParameters?.M));
        var status = await client.GetDatabaseStatusAsync(id);
        Assert.Equal(("healthy", 0L), (status.Status, status.Stats?.VectorCount));
        Assert.Equal([0, 1, 2], status.Shards.Select(shard => shard.Shard));
        Assert.True(await client.IsReadyAsync());

        await client.DeleteDatabaseAsync(id);
        Assert.Equal("not_found", (await Assert.ThrowsAsync<JadeApiException>(() => client.GetDatabaseAsync(id))).Code);
    }

    [Theory]
    [InlineData(Way.Http)]
    [InlineData(Way.Direct)]
    public async Task A_vector_comes_back_as_it_went(Way way)
    {
        var (client, id) = await DatabaseAsync(way, "one");
        var receipt = await client.UpsertAsync(id, Vector("a", 1, JsonElement.Parse(Metadata)), new WriteOptions { IdempotencyKey = $"k-{way}" });
        Assert.Equal(receipt, await client.UpsertAsync(id, Vector("a", 1, JsonElement.Parse(Metadata)), new WriteOptions { IdempotencyKey = $"k-{way}" }));
        var read = await client.GetAsync(id, "a", new ReadOptions { Consistency = "strong", MinPosition = receipt.Position });
        Assert.Equal((float[])[1, 0.5f, 0.25f], read!.Values!);
        Assert.Equal(receipt.Version, read.Version);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(Metadata), read.Metadata!.Value));
        Assert.Equal(("9007199254740993", "1.0"), (read.Metadata.Value.GetProperty("n").GetRawText(), read.Metadata.Value.GetProperty("f").GetRawText()));

        var next = await client.ReplaceAsync(id, Vector("a", 2) with { IfVersion = receipt.Version });
        Assert.True(next.Version > receipt.Version);
        var conflict = await Assert.ThrowsAsync<JadeApiException>(() => client.ReplaceAsync(id, Vector("a", 3) with { IfVersion = receipt.Version }));
        Assert.Equal("version_conflict", conflict.Code);
        Assert.Equal((float[])[2, 0.5f, 0.25f], (await client.GetAsync(id, "a"))!.Values!);
        Assert.True(await client.DeleteAsync(id, "a"));
        Assert.False(await client.DeleteAsync(id, "a"));
        Assert.Null(await client.GetAsync(id, "a"));
    }

    [Theory]
    [InlineData(Way.Http)]
    [InlineData(Way.Direct)]
    public async Task A_batch_tells_item_by_item_what_became_of_it(Way way)
    {
        var (client, id) = await DatabaseAsync(way, "many");
        VectorInput[] batch = [.. Enumerable.Range(0, 40).Select(row => Vector($"v{row}", row))];
        batch[7] = batch[7] with { Values = [1, 2] };
        var receipt = await client.UpsertAsync(id, batch);
        Assert.Equal((39, 0), (receipt.Inserted, receipt.Updated));
        var error = Assert.Single(receipt.Errors);
        Assert.Equal((7, "wrong_dimension", "'vectors[7].values' has 2 components; the database has dimension 3."), (error.Index, error.Code, error.Detail));
        Assert.NotNull(receipt.Position);

        var found = await client.GetAsync(id, ["v3", "v7", "v39", "v3"]);
        Assert.Equal(["v3", null, "v39", "v3"], found.Select(vector => vector?.Id));
        var ids = new List<string>();
        for (VectorPage? page = null; page is null || page.NextCursor is not null;)
        {
            page = await client.ListAsync(id, limit: 7, page?.NextCursor);
            Assert.InRange(page.Vectors.Count, 1, 7);
            Assert.Equal(39, page.Total);
            ids.AddRange(page.Vectors.Select(vector => vector.Id));
        }

        Assert.Equal(Enumerable.Range(0, 40).Where(row => row != 7).Select(row => $"v{row}").Order(), ids.Order());
    }

    [Theory]
    [InlineData(Way.Http)]
    [InlineData(Way.Direct)]
    public async Task A_search_finds_filters_and_tells_how(Way way)
    {
        var (client, id) = await DatabaseAsync(way, "search");
        await client.UpsertAsync(id, [.. Enumerable.Range(0, 30).Select(row => Vector($"v{row}", row, Numbered(row)))]);
        var reply = await client.SearchAsync(id, new SearchRequest
        {
            QueryVector = [10, 0.5f, 0.25f],
            TopK = 3,
            Filters = JsonElement.Parse("""{"even":true}"""),
            IncludeMetadata = true,
            IncludeValues = true,
            Explain = true,
        });
        Assert.Equal(["v10", "v12", "v8"], reply.Results.Select(result => result.Id));
        Assert.Equal((1f, 0f), (reply.Results[0].Similarity, reply.Results[0].Distance));
        Assert.Equal(10, reply.Results[0].Metadata?.GetProperty("row").GetInt32());
        Assert.Equal((float[])[10, 0.5f, 0.25f], reply.Results[0].Values!);
        Assert.Equal([0, 1, 2, 3], reply.Explain?.Shards.Select(shard => shard.Shard));
        Assert.Equal(30, reply.Explain?.Shards.Sum(shard => shard.VectorCount));

        var exact = await client.SearchAsync(id, new SearchRequest { QueryVector = [10, 0.5f, 0.25f], TopK = 1, Exact = true, Explain = true });
        Assert.Equal(["exact"], exact.Explain!.Shards.Select(shard => shard.Strategy).Distinct());
        var candidates = await client.SearchAsync(id, new SearchRequest { QueryVector = [10, 0.5f, 0.25f], TopK = 1, EfSearch = 20 });
        Assert.Equal("v10", candidates.Results.Single().Id);

        var near = await client.SearchAsync(id, new SearchRequest { QueryVector = [10, 0.5f, 0.25f], Threshold = 0.5f });
        Assert.Equal(["v10", "v11", "v9"], near.Results.Select(result => result.Id));
        Assert.All(near.Results, result => Assert.Null(result.Metadata));
        Assert.Null(near.Explain);
    }

    [Theory]
    [InlineData(Way.Http)]
    [InlineData(Way.Direct)]
    public async Task Texts_are_embedded_on_the_way(Way way)
    {
        var client = clients[way];
        var id = await client.CreateDatabaseAsync(new DatabaseDefinition { Name = $"texts-{way}", VectorDimension = 256 });
        await client.UpsertAsync(
            id, [new VectorInput { Id = "danube", Text = "The Danube flows to the Black Sea" }, new VectorInput { Id = "nile", Text = "The Nile flows through Egypt" }]);
        var reply = await client.SearchAsync(id, new SearchRequest { QueryText = "which river reaches the Black Sea", TopK = 1 });
        Assert.Equal("danube", Assert.Single(reply.Results).Id);
        Assert.Equal("The Nile flows through Egypt", (await client.GetAsync(id, "nile"))?.Text);
    }

    [Theory]
    [InlineData(Way.Http)]
    [InlineData(Way.Direct)]
    public async Task An_import_stores_what_is_good_and_names_what_is_not(Way way)
    {
        var (client, id) = await DatabaseAsync(way, "import");
        var progress = new Sent();
        var summary = await client.ImportAsync(id, Rows(), progress);
        Assert.Equal((598L, 2L, 600L), (summary.Imported, summary.Failed, summary.AcknowledgedLines));
        Assert.Equal(
            [
                (5L, "wrong_dimension", "'values' has 1 components; the database has dimension 3."),
                (301L, "not_finite", "'values[1]' is not a finite float32 (NaN, Infinity, or beyond ±3.4028235e38)."),
            ],
            summary.Errors.Select(error => (error.Line, error.Code, error.Detail)));
        Assert.Equal(600, progress.Count);
        Assert.Equal(598, (await client.GetDatabaseStatusAsync(id)).Stats?.VectorCount);

        static async IAsyncEnumerable<VectorInput> Rows()
        {
            for (var line = 1; line <= 600; line++)
            {
                await Task.Yield();
                yield return line switch
                {
                    5 => Vector("short", 0) with { Values = [1] },
                    301 => Vector("nan", 0) with { Values = [1, float.NaN, 1] },
                    _ => Vector($"i{line}", line),
                };
            }
        }
    }

    [Theory]
    [InlineData(Way.Http)]
    [InlineData(Way.Direct)]
    public async Task A_snapshot_keeps_what_was(Way way)
    {
        var (client, id) = await DatabaseAsync(way, "kept");
        await client.UpsertAsync(id, Vector("old", 1));
        var snapshot = await client.CreateSnapshotAsync(id, "before");
        Assert.Equal((id, "before", 4), (snapshot.DatabaseId, snapshot.Label, snapshot.Sequences.Count));
        await client.UpsertAsync(id, Vector("new", 2));
        Assert.Equal([snapshot.SnapshotId], (await client.ListSnapshotsAsync(id)).Select(kept => kept.SnapshotId));

        var restored = await client.RestoreSnapshotAsync(id, snapshot.SnapshotId, $"restored-{way}");
        Assert.Equal(["old"], (await client.ListAsync(restored)).Vectors.Select(vector => vector.Id));
        var branch = await client.CreateBranchAsync(id, $"branch-{way}");
        Assert.Equal(["new", "old"], (await client.ListAsync(branch)).Vectors.Select(vector => vector.Id).Order());
        Assert.True(await client.CompactAsync(id));
        // Neither process has the store that a file is read from.
        Assert.Equal("not_supported", (await Assert.ThrowsAsync<JadeApiException>(() => client.ExportSnapshotAsync(id, snapshot.SnapshotId, Stream.Null))).Code);
        await client.DeleteSnapshotAsync(id, snapshot.SnapshotId);
        Assert.Empty(await client.ListSnapshotsAsync(id));
    }

    private static JsonElement Numbered(int row) => JsonElement.Parse($$"""{"row":{{row}},"even":{{(row % 2 == 0 ? "true" : "false")}}}""");

    private static VectorInput Vector(string id, float first, JsonElement? metadata = null) => new() { Id = id, Values = [first, 0.5f, 0.25f], Metadata = metadata };

    private async Task<(IJadeClient Client, string Id)> DatabaseAsync(Way way, string name)
    {
        var client = clients[way];
        var definition = new DatabaseDefinition { Name = $"{name}-{way}", VectorDimension = 3, Metric = "euclidean", Sharding = new Sharding { NumShards = 4 } };
        return (client, await client.CreateDatabaseAsync(definition));
    }

    /// <summary>The last count that was told.</summary>
    private sealed class Sent : IProgress<long>
    {
        public long Count { get; private set; }

        public void Report(long value) => Count = value;
    }
}
