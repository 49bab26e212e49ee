using JadeVector.Api.Metrics;
using JadeVector.Api.Problems;
using JadeVector.Hosting.Work;

namespace JadeVector.Api.Search;

/// <summary>
/// Refuses a search that there is no room for before anything else has looked at the request: a refusal has to cost a small part of a
/// search, or a node that is asked for ten times what it can do has time for nothing else.
/// </summary>
internal sealed class SearchAdmissionMiddleware(RequestDelegate next, SearchAdmission admission, EdgeMeters meters)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (!SearchPath.TryParse(context.Request, out var path))
            return next(context);
        if (admission.TryEnter(path.DatabaseId))
            return RunAsync(context, path.DatabaseId);

        var started = meters.Start();
        var written = ProblemWriter.WriteAsync(context, "overloaded", "Searches wait too long here already; this one was not looked at. Ask again later.");
        meters.Requested(HttpMethods.Post, path.Route, context.Response.StatusCode, started); // as the middleware would that comes after this one
        return written;
    }

    private async Task RunAsync(HttpContext context, string databaseId)
    {
        try
        {
            await next(context);
        }
        finally
        {
            admission.Leave(databaseId);
        }
    }
}
