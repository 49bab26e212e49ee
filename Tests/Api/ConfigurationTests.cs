using JadeVector.Tests.Api.Support;
using Microsoft.Extensions.Options;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("Jade:Limits:TopKay", "5", "Jade:Limits:TopKay")]
    [InlineData("Jade:Limts:TopK", "5", "Jade:Limts")]
    public async Task Key_that_nobody_reads_stops_the_start(string key, string value, string named)
    {
        var (app, _, _) = ApiHost.Build("http://127.0.0.1:0", (key, value));
        await using var _ = app;
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());
        Assert.Contains($"'{named}'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Misspelt_key_is_answered_with_the_keys_there_are()
    {
        var (app, _, _) = ApiHost.Build("http://127.0.0.1:0", ("Jade:Security:AdmnKey", "x"));
        await using var _ = app;
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync());
        Assert.Contains("Known under 'Jade:Security': AdminKey.", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Jade:Limits:TopK", "0")]
    [InlineData("Jade:Limits:IdBytes", "257")]
    [InlineData("Jade:Security:AdminKey", "two words")]
    [InlineData("Jade:Embedding:DefaultModel", "")]
    public async Task Value_out_of_range_stops_the_start(string key, string value)
    {
        await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using var api = await ApiHost.StartAsync((key, value));
        });
    }

    [Fact]
    public async Task Keys_outside_the_root_are_others_business()
    {
        await using var api = await ApiHost.StartAsync(("Jadeite:Limits:TopKay", "5"), ("jade:limits:topk", "5"));
        (await api.PostAsync($"/v1/databases/{await api.CreateDatabaseAsync()}/search", """{"queryVector":[1,2,3],"topK":6}""")).ExpectProblem(400, "limit_exceeded");
    }
}
