using JadeVector.Api.OpenApi;
using JadeVector.Api.Problems;
using JadeVector.Hosting.Work;

namespace JadeVector.Api.Search;

/// <summary>Refuses a search that there is no room for before any of its body is read. Behind routing, which knows what is a search.</summary>
internal sealed class SearchAdmissionMiddleware(RequestDelegate next, SearchAdmission admission)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RouteDoc>() is not { IsSearch: true })
            return next(context);
        var databaseId = (string)context.Request.RouteValues["databaseId"]!;
        return admission.TryEnter(databaseId)
            ? RunAsync(context, databaseId)
            : ProblemWriter.WriteAsync(context, "overloaded", "Searches wait too long here already; this one was not looked at. Ask again later.");
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
