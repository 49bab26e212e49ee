using JadeVector.Api.OpenApi;

namespace JadeVector.Api;

/// <summary>Maps each route with its documentation, under <c>/v1</c> and under its alias <c>/api/v1</c>.</summary>
internal sealed class RouteTable(IEndpointRouteBuilder routes)
{
    public const string Prefix = "/v1";
    public const string AliasPrefix = "/api/v1";

    public void Versioned(string method, string pattern, Delegate handler, RouteDoc doc)
    {
        Plain(method, Prefix + pattern, handler, doc);
        routes.MapMethods(AliasPrefix + pattern, [method], handler).WithMetadata(doc).ExcludeFromDescription();
    }

    public void Plain(string method, string pattern, Delegate handler, RouteDoc doc) =>
        routes.MapMethods(pattern, [method], handler).WithMetadata(doc);
}
