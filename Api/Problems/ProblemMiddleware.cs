using System.Text.Json;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using Microsoft.Extensions.Options;

namespace JadeVector.Api.Problems;

/// <summary>The one place that turns refusals, failures and bare statuses into problem documents.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, IOptions<LimitOptions> limits, ILogger<ProblemMiddleware> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception problem)
        {
            if (context.RequestAborted.IsCancellationRequested && problem is OperationCanceledException or IOException)
            {
                LogClientGone(log, context.Request.Method, context.Request.Path);
                return;
            }

            if (context.Response.HasStarted)
            {
                LogTooLate(log, problem, context.Request.Method, context.Request.Path);
                context.Abort();
                return;
            }

            context.Response.Clear();
            await Answer(context, problem);
            return;
        }

        var response = context.Response;
        if (response.StatusCode >= 400 && !response.HasStarted && response.ContentType is null && response.ContentLength is null)
            await AnswerBareStatus(context);
    }

    private Task Answer(HttpContext context, Exception problem)
    {
        switch (problem)
        {
            case ApiRefusal refusal:
                return ProblemWriter.WriteAsync(context, refusal.Code, refusal.Message, refusal.Details);
            case JadeException refusal when ProblemCodes.IsKnown(refusal.Code):
                return ProblemWriter.WriteAsync(context, refusal.Code, refusal.Message, refusal.Shard is { } shard ? [("shard", shard)] : null);
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                var tooLarge = Refuse.BodyTooLarge(limits.Value.BodyBytes, context.Request.ContentLength);
                return ProblemWriter.WriteAsync(context, tooLarge.Code, tooLarge.Message, tooLarge.Details);
            case BadHttpRequestException bad:
                return ProblemWriter.WriteAsync(context, ProblemCodes.ForStatus(bad.StatusCode), bad.Message, status: bad.StatusCode);
            case JsonException malformed:
                return ProblemWriter.WriteAsync(context, "malformed_json", malformed.Message, [("field", malformed.Path ?? "body")]);
            case OperationCanceledException:
                return ProblemWriter.WriteAsync(
                    context, "deadline_exceeded", "The answer did not come within the request's time. Set Jade-Timeout-Ms for more.");
            default:
                LogFailure(log, problem, context.Request.Method, context.Request.Path);
                return ProblemWriter.WriteAsync(context, "internal_error", "The node failed to answer; its log has the reason under this trace id.");
        }
    }

    private static Task AnswerBareStatus(HttpContext context)
    {
        var status = context.Response.StatusCode;
        var code = ProblemCodes.ForStatus(status);
        var detail = status switch
        {
            StatusCodes.Status404NotFound => $"There is no route for {context.Request.Method} {context.Request.Path}.",
            StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} has no {context.Request.Method}; it has {context.Response.Headers.Allow}.",
            _ => ProblemCodes.Of(code).Title,
        };
        return ProblemWriter.WriteAsync(context, code, detail, status: status);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Path}: the client went away")]
    private static partial void LogClientGone(ILogger logger, string method, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed after the answer had begun; the connection is cut")]
    private static partial void LogTooLate(ILogger logger, Exception problem, string method, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogFailure(ILogger logger, Exception problem, string method, string path);
}
