using JadeVector.Engine;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using JadeVector.Tests.Api.Support;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class ProblemTests
{
    [Theory]
    [InlineData("invalid_argument", 400, false)]
    [InlineData("atomic_cross_shard", 400, false)]
    [InlineData("limit_exceeded", 400, false)]
    [InlineData("not_found", 404, false)]
    [InlineData("version_conflict", 409, false)]
    [InlineData("gone", 410, false)]
    [InlineData("request_id_reused", 422, false)]
    [InlineData("overloaded", 429, true)]
    [InlineData("stale_map", 503, true)]
    [InlineData("loading", 503, true)]
    [InlineData("fenced", 503, true)]
    [InlineData("outcome_unknown", 503, true)]
    [InlineData("storage_unavailable", 503, true)]
    [InlineData("shard_damaged", 503, true)]
    [InlineData("store_rolled_back", 503, true)]
    [InlineData("deadline_exceeded", 503, true)]
    public async Task Refusal_of_the_cluster_has_its_status_and_says_when_to_try_again(string code, int status, bool retry)
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        api.Cluster.BeforeSearch = (_, _) => throw new JadeException(code, "Because.", shard: 3);
        var answer = await api.PostAsync($"/v1/databases/{database}/search", """{"queryVector":[1,2,3]}""");
        Assert.Equal(3, answer.ExpectProblem(status, code)["details"]!["shard"]!.GetValue<int>());
        Assert.Equal(retry, answer.Headers.ContainsKey("Retry-After"));
    }

    [Fact]
    public void Every_code_of_the_engine_has_a_status()
    {
        var codes = typeof(RefusalCodes).GetFields().Select(field => (string)field.GetRawConstantValue()!).ToList();
        Assert.NotEmpty(codes);
        Assert.All(codes, code => Assert.True(ProblemCodes.IsKnown(code), code));
    }

    [Fact]
    public async Task What_nobody_foresaw_is_a_500_that_tells_nothing_of_the_inside()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        api.Cluster.BeforeSearch = (_, _) => throw new InvalidOperationException("secret");
        var answer = await api.PostAsync($"/v1/databases/{database}/search", """{"queryVector":[1,2,3]}""");
        answer.ExpectProblem(500, "internal_error");
        Assert.DoesNotContain("secret", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("InvalidOperation", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_framework_refuses_has_a_problem_document_too()
    {
        await using var api = await ApiHost.StartAsync();
        (await api.GetAsync("/nothing")).ExpectProblem(404, "not_found");
        (await api.GetAsync("/v1/databases/a/b/c/d")).ExpectProblem(404, "not_found");
        (await api.SendAsync(HttpMethod.Delete, "/v1/databases")).ExpectProblem(405, "method_not_allowed");
        (await api.SendAsync(HttpMethod.Patch, "/v1/databases/db_1")).ExpectProblem(405, "method_not_allowed");
    }

    [Fact]
    public async Task Search_that_takes_too_long_is_ended_at_its_deadline()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        api.Cluster.BeforeSearch = (_, cancellation) => Task.Delay(Timeout.Infinite, cancellation);
        var answer = await api.PostAsync($"/v1/databases/{database}/search", """{"queryVector":[1,2,3]}""", ("Jade-Timeout-Ms", "50"));
        answer.ExpectProblem(503, "deadline_exceeded");
    }

    [Fact]
    public async Task Search_of_a_client_that_went_away_is_cancelled()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var arrived = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        api.Cluster.BeforeSearch = async (_, cancellation) =>
        {
            using var registration = cancellation.Register(cancelled.SetResult);
            arrived.SetResult();
            await cancelled.Task;
            cancellation.ThrowIfCancellationRequested();
        };
        using var leave = new CancellationTokenSource();
        using var content = new StringContent("""{"queryVector":[1,2,3]}""", System.Text.Encoding.UTF8, "application/json");
        var call = api.Client.PostAsync($"/v1/databases/{database}/search", content, leave.Token);
        await arrived.Task;
        await leave.CancelAsync();
        await cancelled.Task;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Reads_ask_for_what_the_address_says()
    {
        await using var api = await ApiHost.StartAsync();
        var path = $"/v1/databases/{await api.CreateDatabaseAsync()}";
        (await api.PostAsync($"{path}/vectors", """{"id":"a","values":[1,2,3]}""")).ExpectJson(201);
        (await api.GetAsync($"{path}/vectors/a?consistency=strong&minPosition=p1&values=none")).ExpectJson(200);
        Assert.Equal((Consistency.Strong, "p1", false), (api.Cluster.LastRead!.Consistency, api.Cluster.LastRead.MinPosition, api.Cluster.LastRead.IncludeValues));
        (await api.GetAsync($"{path}/vectors")).ExpectJson(200);
        Assert.Equal((Consistency.Bounded, null, true), (api.Cluster.LastRead!.Consistency, api.Cluster.LastRead.MinPosition, api.Cluster.LastRead.IncludeValues));
        (await api.PostAsync($"{path}/search?consistency=eventual", """{"queryVector":[1,2,3]}""")).ExpectJson(200);
        var search = api.Cluster.LastSearch!;
        Assert.Equal((Consistency.Eventual, false, false, false), (search.Read.Consistency, search.Read.IncludeValues, search.Read.IncludeMetadata, search.AllowPartial));
    }

    [Fact]
    public async Task Partial_answer_lists_the_shards_it_lacks_and_explain_says_how_it_was_found()
    {
        await using var api = await ApiHost.StartAsync();
        var path = $"/v1/databases/{await api.CreateDatabaseAsync()}";
        api.Cluster.MissingShards = [2, 5];
        var found = (await api.PostAsync($"{path}/search?partial=allow", """{"queryVector":[1,2,3],"explain":true}""")).ExpectJson(200);
        Assert.True(api.Cluster.LastSearch!.AllowPartial);
        Assert.True(api.Cluster.LastSearch.Explain);
        Assert.Equal("[2,5]", found["missingShards"]!.ToJsonString());
        Assert.Equal("exact", found["explain"]!["shards"]![0]!["strategy"]!.GetValue<string>());
        Assert.Equal(0, found["explain"]!["distancesComputed"]!.GetValue<int>());
    }
}
