using System.Diagnostics;
using System.Net;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Client.Cluster;

/// <summary>What a call may throw, as the client's one type of error, with the status that the same refusal has over HTTP.</summary>
internal static class Refusals
{
    public static JadeApiException Of(Exception problem) => problem switch
    {
        ApiRefusal refusal => Of(refusal.Code, refusal.Message, refusal),
        JadeException refusal when ProblemCodes.IsKnown(refusal.Code) => Of(refusal.Code, refusal.Message, refusal),
        OperationCanceledException late =>
            Of("deadline_exceeded", "The answer did not come within the call's time. Set JadeClusterClientOptions.Timeout for more.", late),
        _ => Of("internal_error", $"The call failed: {problem.Message}", problem),
    };

    private static JadeApiException Of(string code, string detail, Exception cause)
    {
        var kind = ProblemCodes.Of(code);
        TimeSpan? retryAfter = kind.RetryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        return new JadeApiException((HttpStatusCode)kind.Status, code, detail, retryAfter, Activity.Current?.Id, cause);
    }
}
