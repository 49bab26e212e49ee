using System.Text.Json.Nodes;
using JadeVector.Tests.Api.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed class OpenApiTests
{
    private static readonly string[] HandRead = ["VectorRequest", "BatchRequest", "SearchRequest"];

    [Fact]
    public async Task Document_has_every_route_and_no_other()
    {
        await using var api = await ApiHost.StartAsync();
        var document = (await api.GetAsync("/openapi/v1.json")).ExpectJson(200);
        Assert.StartsWith("3.1", document["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        var documented = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}")).Order(StringComparer.Ordinal);
        var mapped = Routes(api);
        Assert.Equal(mapped.Where(route => !route.Contains(" /api/", StringComparison.Ordinal)), documented);
        Assert.Equal(
            mapped.Where(route => route.Contains(" /v1/", StringComparison.Ordinal)).Select(route => route.Replace(" /v1/", " /api/v1/", StringComparison.Ordinal)),
            mapped.Where(route => route.Contains(" /api/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_operation_says_what_it_does_takes_and_answers()
    {
        await using var api = await ApiHost.StartAsync();
        var document = (await api.GetAsync("/openapi/v1.json")).ExpectJson(200);
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var name = $"{method} {path}";
                Assert.False(string.IsNullOrEmpty(operation!["summary"]?.GetValue<string>()), name);
                Assert.False(string.IsNullOrEmpty(operation["description"]?.GetValue<string>()), name);
                Assert.Equal(path.Count(c => c == '{'), (operation["parameters"]?.AsArray() ?? []).Count(parameter => parameter!["in"]!.GetValue<string>() == "path"));
                var good = operation["responses"]!.AsObject().Where(response => response.Key[0] == '2').ToList();
                Assert.NotEmpty(good);
                Assert.All(good, response => Assert.NotNull(response.Value!["content"]!.AsObject().First().Value!["schema"]));
                if (method is "post" or "put")
                    Assert.NotNull(operation["requestBody"]!["content"]!.AsObject().First().Value!["schema"]);
            }
        }

        Assert.NotEmpty(document["components"]!["schemas"]!["SearchRequest"]!["properties"]!["topK"]!["description"]!.GetValue<string>());
    }

    [Fact]
    public async Task Fields_in_the_document_are_fields_that_are_read()
    {
        await using var api = await ApiHost.StartAsync();
        var path = $"/v1/databases/{await api.CreateDatabaseAsync()}";
        var routes = new Dictionary<string, string>
        {
            ["CreateDatabaseRequest"] = "/v1/databases",
            ["VectorRequest"] = $"{path}/vectors",
            ["BatchRequest"] = $"{path}/vectors/batch",
            ["BatchGetRequest"] = $"{path}/vectors/batch-get",
            ["SearchRequest"] = $"{path}/search",
            ["EmbeddingRequest"] = "/v1/embeddings/generate",
        };
        var schemas = (await api.GetAsync("/openapi/v1.json")).ExpectJson(200)["components"]!["schemas"]!.AsObject();
        Assert.All(HandRead, name => Assert.Contains(name, routes.Keys));
        foreach (var (schema, route) in routes)
        {
            foreach (var (field, _) in schemas[schema]!["properties"]!.AsObject())
            {
                // Whatever else is missing or wrong with this body, the field is known.
                var answer = await api.PostAsync(route, new JsonObject { [field] = null }.ToJsonString());
                Assert.NotEqual("unknown_field", answer.Json["code"]?.GetValue<string>());
            }

            (await api.PostAsync(route, """{"surely not a field":null}""")).ExpectProblem(400, "unknown_field");
        }
    }

    [Fact]
    public async Task Examples_in_the_document_work()
    {
        await using var api = await ApiHost.StartAsync();
        var document = (await api.GetAsync("/openapi/v1.json")).ExpectJson(200);
        var database = await api.CreateDatabaseAsync(dimension: 3, name: "examples");
        foreach (var (path, operations) in document["paths"]!.AsObject().Reverse())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                if (operation!["requestBody"]?["content"]?["application/json"]?["example"] is not { } example)
                    continue;
                var target = path.Replace("{databaseId}", database, StringComparison.Ordinal).Replace("{vectorId}", "a-1", StringComparison.Ordinal);
                (await api.PostAsync($"/v1/databases/{database}/vectors", """{"id":"a-1","values":[1,2,3]}""")).ExpectJson(201);
                var answer = await api.SendAsync(new HttpMethod(method.ToUpperInvariant()), target, example.ToJsonString());
                Assert.True(answer.Status is 200 or 201, $"{method} {path}: {answer.Status} {answer.Body}");
            }
        }
    }

    [Fact]
    public async Task Swagger_ui_is_served_from_the_node_itself()
    {
        await using var api = await ApiHost.StartAsync();
        var page = await api.GetAsync("/swagger/index.html");
        Assert.Equal(200, page.Status);
        Assert.DoesNotContain("https://", page.Body, StringComparison.Ordinal);
        Assert.Equal(200, (await api.GetAsync("/swagger/swagger-ui-bundle.js")).Status);
    }

    private static List<string> Routes(ApiHost api) =>
        [.. api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .Order(StringComparer.Ordinal)];
}
