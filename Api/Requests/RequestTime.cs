using System.Globalization;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Requests;

/// <summary>How long a request may take: header <c>Jade-Timeout-Ms</c>, else the configured time.</summary>
internal sealed class RequestTime : IDisposable
{
    public const string Header = "Jade-Timeout-Ms";

    private readonly CancellationTokenSource _source;

    private RequestTime(CancellationTokenSource source, DateTimeOffset deadline)
    {
        _source = source;
        Deadline = deadline;
    }

    /// <summary>When the answer stops being of use, UTC.</summary>
    public DateTimeOffset Deadline { get; }

    /// <summary>Fires a little after the deadline, or when nobody waits for the answer any more.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Ends also when the client goes away.</summary>
    public static RequestTime OfRead(HttpContext context, LimitOptions limits, TimeProvider clock) =>
        Start(context, limits, clock, context.RequestAborted);

    /// <summary>Does not end when the client goes away: a write on its way is not called back halfway.</summary>
    public static RequestTime OfWrite(HttpContext context, LimitOptions limits, TimeProvider clock) =>
        Start(context, limits, clock, CancellationToken.None);

    public void Dispose() => _source.Dispose();

    public static TimeSpan TimeoutOf(HttpContext context, LimitOptions limits)
    {
        var header = context.Request.Headers[Header];
        if (header.Count == 0)
            return TimeSpan.FromMilliseconds(limits.TimeoutMilliseconds);
        if (header.Count > 1 || !int.TryParse(header[0], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) || milliseconds == 0)
            throw Refuse.Invalid(Header, "must be a whole number of milliseconds above 0.");
        return milliseconds <= limits.TimeoutMillisecondsMax
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw Refuse.Limit(Header, nameof(LimitOptions.TimeoutMillisecondsMax), limits.TimeoutMillisecondsMax, milliseconds);
    }

    private static RequestTime Start(HttpContext context, LimitOptions limits, TimeProvider clock, CancellationToken outer)
    {
        var timeout = TimeoutOf(context, limits);
        var source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        source.CancelAfter(timeout + EdgeTime.Grace);
        return new RequestTime(source, clock.GetUtcNow() + timeout);
    }
}
