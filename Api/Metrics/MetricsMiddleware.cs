namespace JadeVector.Api.Metrics;

/// <summary>Measures every request that was taken in: before all that can refuse one, so that this is in the time too.</summary>
internal sealed class MetricsMiddleware(RequestDelegate next, EdgeMeters meters)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var started = meters.Start();
        try
        {
            await next(context);
        }
        finally
        {
            var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "unmatched";
            meters.Requested(MethodOf(context.Request.Method), route, context.Response.StatusCode, started);
        }
    }

    /// <summary>A client can invent methods; labels must not grow with them.</summary>
    private static string MethodOf(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsPut(method) || HttpMethods.IsDelete(method)
        || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsPatch(method)
            ? method
            : "other";
}
