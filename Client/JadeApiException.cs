using System.Net;

namespace JadeVector.Client;

/// <summary>The request was refused, and nothing was done, except where <see cref="IsOutcomeUnknown"/>.</summary>
public sealed class JadeApiException(HttpStatusCode status, string code, string detail, TimeSpan? retryAfter, string? traceId, Exception? cause = null)
    : Exception($"{detail} ({(int)status} {code})", cause)
{
    public HttpStatusCode Status { get; } = status;

    /// <summary>Stable, such as <c>not_found</c>, <c>wrong_dimension</c> or <c>overloaded</c>; <c>http_…</c> and the status where the server gave none.</summary>
    public string Code { get; } = code;

    /// <summary>One sentence for a person, with the numbers in it.</summary>
    public string Detail { get; } = detail;

    /// <summary>When to try again, where the server says so.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Finds the request in the server's log.</summary>
    public string? TraceId { get; } = traceId;

    /// <summary>The write may or may not have happened: repeat it with the same idempotency key to find out.</summary>
    public bool IsOutcomeUnknown => Code == "outcome_unknown";

    /// <summary>The same request may succeed later.</summary>
    public bool IsTransient => Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
}
