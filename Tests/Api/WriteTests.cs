using System.Text.Json.Nodes;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Api.Support;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class WriteTests
{
    [Fact]
    public async Task Batch_stores_what_it_can_and_tells_of_each_vector()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var vectors = $"/v1/databases/{database}/vectors";
        (await api.PostAsync(vectors, """{"id":"old","values":[1,2,3]}""")).ExpectJson(201);
        var answer = await api.PostAsync($"{vectors}/batch", """
            {"vectors":[{"id":"new","values":[1,2,3]},{"id":"short","values":[1]},{"id":"old","values":[3,2,1]},{"id":"odd","valeus":[1,2,3],"values":[1,2,3]},
            {"id":"conflict","values":[1,2,3],"ifVersion":7},{"id":"x","values":[1,2,1e39]}, 5]}
            """);
        var batch = answer.ExpectJson(207);
        Assert.Equal("partial", batch["status"]!.GetValue<string>());
        Assert.Equal((2, 1, 1, 5), (Number(batch, "count"), Number(batch, "inserted"), Number(batch, "updated"), Number(batch, "failed")));
        Assert.Equal(["new", "old"], api.Cluster.IdsIn(database));
        Assert.Equal(
            ["created", "failed", "replaced", "failed", "version_conflict", "failed", "failed"],
            batch["results"]!.AsArray().Select(result => result!["status"]!.GetValue<string>()));
        Assert.Equal(
            ["1 wrong_dimension", "3 unknown_field", "4 version_conflict", "5 not_finite", "6 invalid_argument"],
            batch["errors"]!.AsArray().Select(error => $"{error!["index"]} {error["error"]}"));
        Assert.Contains("vectors[1].values", batch["errors"]![0]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("vectors[5].values[2]", batch["errors"]![3]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(answer.Headers.ContainsKey("Jade-Position"));
    }

    [Fact]
    public async Task Batch_of_which_nothing_was_stored_is_a_problem()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var problem = (await api.PostAsync($"/v1/databases/{database}/vectors/batch", """{"vectors":[{"id":"a","values":[1]},{"id":"","values":[1,2,3]}]}"""))
            .ExpectProblem(400, "wrong_dimension");
        Assert.Equal("vectors[0].values", problem["details"]!["field"]!.GetValue<string>());
        Assert.Equal("invalid_argument", problem["details"]!["results"]![1]!["code"]!.GetValue<string>());
        Assert.Empty(api.Cluster.WrittenBatches);
    }

    [Fact]
    public async Task Atomic_batch_with_a_bad_vector_is_refused_whole()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var path = $"/v1/databases/{database}/vectors/batch?atomic=true";
        (await api.PostAsync(path, """{"vectors":[{"id":"a","values":[1,2,3]},{"id":"b","values":[1]}]}""")).ExpectProblem(400, "wrong_dimension");
        Assert.Empty(api.Cluster.WrittenBatches);
        (await api.PostAsync(path, """{"vectors":[{"id":"a","values":[1,2,3]}]}""")).ExpectJson(201);
        Assert.True(api.Cluster.LastWrite!.Atomic);
    }

    [Fact]
    public async Task Malformed_batch_stores_nothing()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        (await api.PostAsync($"/v1/databases/{database}/vectors/batch", """{"vectors":[{"id":"a","values":[1,2,3]},{"id":"b","values":[1,2,]}]}"""))
            .ExpectProblem(400, "malformed_json");
        Assert.Empty(api.Cluster.WrittenBatches);
    }

    [Fact]
    public async Task Batch_without_upsert_only_inserts()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var path = $"/v1/databases/{database}/vectors/batch";
        (await api.PostAsync(path, """{"vectors":[{"id":"a","values":[1,2,3]}],"upsert":false}""")).ExpectJson(201);
        (await api.PostAsync(path, """{"upsert":false,"vectors":[{"id":"a","values":[9,9,9]}]}""")).ExpectProblem(409, "version_conflict");
        (await api.PostAsync(path, """{"vectors":[{"id":"a","values":[9,9,9]}]}""")).ExpectJson(201);
    }

    [Fact]
    public async Task Version_that_is_not_the_vectors_is_a_conflict_that_tells_the_one_it_has()
    {
        await using var api = await ApiHost.StartAsync();
        var vectors = $"/v1/databases/{await api.CreateDatabaseAsync()}/vectors";
        var version = Number((await api.PostAsync(vectors, """{"id":"a","values":[1,2,3],"ifVersion":0}""")).ExpectJson(201), "version");
        var problem = (await api.PostAsync(vectors, """{"id":"a","values":[1,2,3],"ifVersion":0}""")).ExpectProblem(409, "version_conflict");
        Assert.Equal(version, problem["details"]!["currentVersion"]!.GetValue<int>());
        (await api.PutAsync($"{vectors}/a", $$"""{"values":[3,2,1],"ifVersion":{{version}}}""")).ExpectJson(200);
        (await api.DeleteAsync($"{vectors}/a?ifVersion={version}")).ExpectProblem(409, "version_conflict");
        (await api.DeleteAsync($"{vectors}/a?ifVersion={version + 1}")).ExpectJson(200);
    }

    [Fact]
    public async Task Id_in_the_body_must_be_that_of_the_address()
    {
        await using var api = await ApiHost.StartAsync();
        var vectors = $"/v1/databases/{await api.CreateDatabaseAsync()}/vectors";
        (await api.PostAsync(vectors, """{"id":"a","values":[1,2,3]}""")).ExpectJson(201);
        (await api.PutAsync($"{vectors}/a", """{"id":"b","values":[1,2,3]}""")).ExpectProblem(400, "invalid_argument");
        (await api.PutAsync($"{vectors}/a", """{"id":"a","values":[1,2,3]}""")).ExpectJson(200);
    }

    [Fact]
    public async Task Idempotency_key_position_and_deadline_reach_and_leave_the_store()
    {
        await using var api = await ApiHost.StartAsync();
        var vectors = $"/v1/databases/{await api.CreateDatabaseAsync()}/vectors";
        var before = DateTimeOffset.UtcNow;
        var answer = await api.PostAsync(vectors, """{"id":"a","values":[1,2,3]}""", ("Idempotency-Key", "k-1"), ("Jade-Timeout-Ms", "60000"));
        answer.ExpectJson(201);
        Assert.Equal("p1", answer.Headers["Jade-Position"]);
        Assert.Equal("k-1", api.Cluster.LastWrite!.RequestId);
        Assert.InRange(api.Cluster.LastWrite.Deadline, before.AddSeconds(59), DateTimeOffset.UtcNow.AddSeconds(61));
        (await api.PostAsync(vectors, "{}", ("Idempotency-Key", new string('k', 97)))).ExpectProblem(400, "invalid_argument");
        (await api.PostAsync(vectors, """{"id":"a","values":[1,2,3]}""", ("Idempotency-Key", new string('k', 97)))).ExpectProblem(400, "limit_exceeded");
        (await api.PostAsync(vectors, """{"id":"a","values":[1,2,3]}""", ("Jade-Timeout-Ms", "0"))).ExpectProblem(400, "invalid_argument");
        (await api.PostAsync(vectors, """{"id":"a","values":[1,2,3]}""", ("Jade-Timeout-Ms", "600001"))).ExpectProblem(400, "limit_exceeded");
    }

    [Fact]
    public async Task Write_that_is_not_acknowledged_in_time_has_an_unknown_outcome()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        api.Cluster.BeforeWrite = (_, cancellation) => Task.Delay(Timeout.Infinite, cancellation);
        var answer = await api.PostAsync($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""", ("Jade-Timeout-Ms", "50"));
        answer.ExpectProblem(503, "outcome_unknown");
        Assert.Equal("1", answer.Headers["Retry-After"]);
    }

    [Fact]
    public async Task Client_that_goes_away_does_not_take_its_write_back()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var arrived = new TaskCompletionSource<CancellationToken>();
        var release = new TaskCompletionSource();
        api.Cluster.BeforeWrite = async (_, cancellation) =>
        {
            arrived.SetResult(cancellation);
            await release.Task;
        };
        using var leave = new CancellationTokenSource();
        using var content = new StringContent("""{"id":"a","values":[1,2,3]}""", System.Text.Encoding.UTF8, "application/json");
        var call = api.Client.PostAsync($"/v1/databases/{database}/vectors", content, leave.Token);
        var seen = await arrived.Task;
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.False(seen.IsCancellationRequested);
        api.Cluster.BeforeWrite = (_, _) => Task.CompletedTask;
        release.SetResult();
        (await api.PostAsync($"/v1/databases/{database}/vectors", """{"id":"b","values":[1,2,3]}""")).ExpectJson(201);
    }

    [Fact]
    public async Task Text_is_embedded_and_kept_where_there_are_no_values()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var path = $"/v1/databases/{database}";
        (await api.PostAsync($"{path}/vectors", """{"id":"t","text":"four"}""")).ExpectJson(201);
        (await api.PostAsync($"{path}/vectors/batch", """{"vectors":[{"id":"u","text":"a"},{"id":"v","values":[7,7,7],"text":"kept"}]}""")).ExpectJson(201);
        Assert.Equal(["four", "a"], api.Embeddings.Texts);
        var read = (await api.GetAsync($"{path}/vectors/t")).ExpectJson(200);
        Assert.Equal("[4,0,0]", read["values"]!.ToJsonString());
        Assert.Equal("four", read["text"]!.GetValue<string>());
        Assert.Equal("[7,7,7]", (await api.GetAsync($"{path}/vectors/v")).Json["values"]!.ToJsonString());
        (await api.PostAsync($"{path}/search", """{"queryText":"xyz","topK":1}""")).ExpectJson(200);
        Assert.Equal(3f, BitConverter.ToSingle(api.Cluster.LastSearch!.Query));
    }

    [Fact]
    public async Task Model_that_does_not_answer_stores_nothing_and_says_so()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        api.Embeddings.Problem = new HttpRequestException("No route to http://models:9999.");
        var path = $"/v1/databases/{database}";
        var answer = await api.PostAsync($"{path}/vectors/batch", """{"vectors":[{"id":"a","values":[1,2,3]},{"id":"b","text":"x"}]}""");
        var problem = answer.ExpectProblem(503, "embedding_unavailable");
        Assert.Contains("http://models:9999", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.True(answer.Headers.ContainsKey("Retry-After"));
        Assert.Empty(api.Cluster.WrittenBatches);
        (await api.PostAsync($"{path}/search", """{"queryText":"x"}""")).ExpectProblem(503, "embedding_unavailable");
        (await api.PostAsync("/v1/embeddings/generate", """{"input":"x"}""")).ExpectProblem(503, "embedding_unavailable");
    }

    [Fact]
    public async Task Items_that_a_shard_did_not_acknowledge_are_told_apart()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        api.Cluster.BeforeWrite = (_, _) => throw new JadeException("storage_unavailable", "The disk is full.", shard: 2);
        var answer = await api.PostAsync($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""");
        Assert.Equal(2, answer.ExpectProblem(503, "storage_unavailable")["details"]!["shard"]!.GetValue<int>());
        Assert.Equal("5", answer.Headers["Retry-After"]);
    }

    private static int Number(JsonNode node, string name) => node[name]!.GetValue<int>();
}
