using JadeVector.Api.OpenApi;
using JadeVector.Api.Search;
using JadeVector.Tests.Api.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace JadeVector.Tests.Api;

/// <summary>What refuses searches does not ask routing, and must know the same ones.</summary>
public sealed class SearchPathTests
{
    [Theory]
    [InlineData("/v1/databases/a-b/search", "a-b", "/v1/databases/{databaseId}/search")]
    [InlineData("/V1/Databases/A/SEARCH/", "A", "/v1/databases/{databaseId}/search")]
    [InlineData("/v1/databases/a/search/advanced", "a", "/v1/databases/{databaseId}/search/advanced")]
    [InlineData("/api/v1/databases/search/search", "search", "/api/v1/databases/{databaseId}/search")]
    [InlineData("/api/v1/databases/a/search/advanced/", "a", "/api/v1/databases/{databaseId}/search/advanced")]
    public void Search_is_found_with_its_database_and_its_route(string path, string databaseId, string route)
    {
        Assert.True(SearchPath.TryParse(Request("POST", path), out var search));
        Assert.Equal(new SearchPath(databaseId, route), search);
    }

    [Theory]
    [InlineData("GET", "/v1/databases/a/search")]
    [InlineData("POST", "/v1/databases/search")]
    [InlineData("POST", "/v1/databases//search")]
    [InlineData("POST", "/v1/databases/a/vectors/search")]
    [InlineData("POST", "/v1/databases/a/searches")]
    [InlineData("POST", "/v1/databases/a/search/other")]
    [InlineData("POST", "/v2/databases/a/search")]
    [InlineData("POST", "/databases/a/search")]
    [InlineData("POST", "/v1/database/a/search")]
    [InlineData("POST", "")]
    public void Anything_else_is_no_search(string method, string path) => Assert.False(SearchPath.TryParse(Request(method, path), out _));

    [Fact]
    public async Task Every_route_that_is_documented_as_a_search_is_one_and_no_other()
    {
        await using var api = await ApiHost.StartAsync();
        var routes = api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToArray();
        Assert.NotEmpty(routes);
        foreach (var endpoint in routes)
        {
            var route = endpoint.RoutePattern.RawText!;
            var isSearch = endpoint.Metadata.GetMetadata<RouteDoc>() is { Tag: "Search" };
            var isFound = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Any(
                method => SearchPath.TryParse(Request(method, route.Replace("{databaseId}", "a", StringComparison.Ordinal)), out var search) && search.Route == route);
            Assert.Equal(isSearch, isFound ?? false);
        }
    }

    private static HttpRequest Request(string method, string path)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Path) = (method, path);
        return request;
    }
}
