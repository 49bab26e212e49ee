using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Work;
using JadeVector.Tests.Api.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class SearchAdmissionTests
{
    private const string Query = """{"queryVector":[1,2,3]}""";

    [Fact]
    public async Task Search_that_there_is_no_room_for_is_refused_unread_and_other_databases_are_served()
    {
        await using var api = await ApiHost.StartAsync();
        var (crowded, quiet) = (await api.CreateDatabaseAsync(), await api.CreateDatabaseAsync(name: "quiet"));
        var admission = api.Services.GetRequiredService<SearchAdmission>();
        for (var i = 0; i < SearchAdmission.InsideMax; i++)
            Assert.True(admission.TryEnter(crowded));

        foreach (var route in new[] { "search", "search/advanced" })
        {
            var refused = await api.PostAsync($"/v1/databases/{crowded}/{route}", "no JSON: 400 if it were read");
            refused.ExpectProblem(429, "overloaded");
            Assert.Equal("1", refused.Headers["Retry-After"]);
            Assert.Contains($"jade_http_requests_total{{method=\"POST\",route=\"/v1/databases/{{databaseId}}/{route}\",status=\"429\"}} 1", (await api.GetAsync("/metrics")).Body, StringComparison.Ordinal);
        }

        (await api.PostAsync($"/v1/databases/{quiet}/search", Query)).ExpectJson(200);
        (await api.GetAsync($"/v1/databases/{crowded}")).ExpectJson(200);
        admission.Leave(crowded);
        (await api.PostAsync($"/v1/databases/{crowded}/search", Query)).ExpectJson(200);
    }

    [Fact]
    public async Task Search_that_fails_gives_its_place_back()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var admission = api.Services.GetRequiredService<SearchAdmission>();
        for (var i = 1; i < SearchAdmission.InsideMax; i++)
            Assert.True(admission.TryEnter(database));
        api.Cluster.BeforeSearch = (_, _) => throw new JadeException("loading", "Not yet.");
        for (var i = 0; i < 3; i++)
            (await api.PostAsync($"/v1/databases/{database}/search", Query)).ExpectProblem(503, "loading");
        api.Cluster.BeforeSearch = (_, _) => Task.CompletedTask;
        (await api.PostAsync($"/v1/databases/{database}/search", Query)).ExpectJson(200);
    }
}
