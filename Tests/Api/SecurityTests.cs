using JadeVector.Hosting;
using JadeVector.Tests.Api.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class SecurityTests
{
    private const string Key = "a-long-enough-admin-key";

    private static readonly string[] Open = ["/livez", "/readyz", "/health"];

    [Fact]
    public async Task Every_route_but_the_health_checks_asks_for_the_key()
    {
        await using var api = await ApiHost.StartAsync(("Jade:Security:AdminKey", Key));
        var routes = Routes(api).Append(("GET", "/swagger/index.html")).Append(("GET", "/openapi/v1.json")).Append(("GET", "/nothing/here")).ToList();
        Assert.True(routes.Count > 30);
        foreach (var (method, path) in routes)
        {
            var answer = await api.SendAsync(new HttpMethod(method), path);
            if (Open.Contains(path))
            {
                Assert.Equal(200, answer.Status);
                continue;
            }

            answer.ExpectProblem(401, "unauthorized");
            Assert.Equal("Bearer", answer.Headers["WWW-Authenticate"]);
            Assert.NotEqual(401, (await api.SendAsync(new HttpMethod(method), path, headers: [("X-API-Key", Key)])).Status);
            Assert.NotEqual(401, (await api.SendAsync(new HttpMethod(method), path, headers: [("Authorization", $"Bearer {Key}")])).Status);
        }
    }

    [Theory]
    [InlineData("X-API-Key", "")]
    [InlineData("X-API-Key", "a-long-enough-admin-ke")]
    [InlineData("X-API-Key", "a-long-enough-admin-key2")]
    [InlineData("X-API-Key", "A-LONG-ENOUGH-ADMIN-KEY")]
    [InlineData("Authorization", Key)]
    [InlineData("Authorization", "Basic " + Key)]
    [InlineData("Authorization", "Bearer")]
    public async Task Another_key_is_no_key(string header, string value)
    {
        await using var api = await ApiHost.StartAsync(("Jade:Security:AdminKey", Key));
        (await api.SendAsync(HttpMethod.Get, "/v1/databases", headers: [(header, value)])).ExpectProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Without_a_configured_key_none_is_asked_for()
    {
        await using var api = await ApiHost.StartAsync();
        (await api.SendAsync(HttpMethod.Get, "/v1/databases", headers: [("Authorization", "Bearer whatever")])).ExpectJson(200);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://127.0.0.1:0;http://+:0")]
    [InlineData("http://db.example.org:80")]
    [InlineData("http://10.0.0.1:80")]
    public async Task Listening_beyond_this_machine_without_a_key_stops_the_start(string url)
    {
        var (app, _, _) = ApiHost.Build(url);
        await using var _ = app;
        var problem = await Assert.ThrowsAsync<JadeStartException>(() => app.StartAsync());
        Assert.Contains("Jade__Security__AdminKey", problem.Message, StringComparison.Ordinal);
        Assert.Empty(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses);
    }

    [Theory]
    [InlineData("urls", "")]
    [InlineData("http_ports", "8080")]
    [InlineData("https_ports", "8443")]
    [InlineData("Kestrel:Endpoints:Open:Url", "http://*:0")]
    public async Task Every_way_to_configure_an_address_is_looked_at(string key, string value)
    {
        var (app, _, _) = ApiHost.Build(key == "urls" ? "http://*:0" : "", (key, value));
        await using var _ = app;
        var problem = await Assert.ThrowsAsync<JadeStartException>(() => app.StartAsync());
        Assert.Contains("no admin key is configured", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_that_code_adds_is_looked_at_once_it_is_bound()
    {
        var (app, _, _) = ApiHost.Build("");
        await using var _ = app;
        app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.ListenAnyIP(0);
        var problem = await Assert.ThrowsAsync<JadeStartException>(() => app.StartAsync());
        Assert.Contains("no admin key is configured", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_key_any_address_will_do()
    {
        var (app, _, _) = ApiHost.Build("http://0.0.0.0:0", ("Jade:Security:AdminKey", Key));
        await using var _ = app;
        await app.StartAsync();
        await app.StopAsync();
    }

    private static IEnumerable<(string Method, string Path)> Routes(ApiHost api) =>
        api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => (method, endpoint.RoutePattern.RawText!)))
            .Select(route => (route.method, route.Item2.Replace("{databaseId}", "db_1", StringComparison.Ordinal).Replace("{vectorId}", "v", StringComparison.Ordinal)));
}
