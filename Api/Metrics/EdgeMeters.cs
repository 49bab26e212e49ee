using System.Diagnostics.Metrics;

namespace JadeVector.Api.Metrics;

/// <summary>What the edge measures of itself.</summary>
internal sealed class EdgeMeters
{
    public const string MeterName = "JadeVector.Api";

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _durations;
    private readonly Histogram<double> _searches;
    private readonly Counter<long> _written;
    private readonly RecentRate _requestRate;
    private readonly RecentRate _writeRate;
    private readonly TimeProvider _clock;

    public EdgeMeters(IMeterFactory meters, TimeProvider clock)
    {
        var meter = meters.Create(MeterName);
        _clock = clock;
        _requests = meter.CreateCounter<long>("jade.http.requests", null, "Requests answered, by method, route and status.");
        _durations = meter.CreateHistogram<double>("jade.http.request.duration", "s", "Time to answer a request, by method, route and status.");
        _searches = meter.CreateHistogram<double>("jade.search.duration", "s", "Time of a search, parsing included.");
        _written = meter.CreateCounter<long>("jade.vectors.written", null, "Vectors stored or deleted.");
        _requestRate = new RecentRate(clock);
        _writeRate = new RecentRate(clock);
    }

    public LatencyBuckets SearchLatency { get; } = new();

    /// <summary>Over the last minute.</summary>
    public double RequestsPerSecond => _requestRate.PerSecond;

    /// <summary>Over the last minute.</summary>
    public double WritesPerSecond => _writeRate.PerSecond;

    public long Start() => _clock.GetTimestamp();

    public void Requested(string method, string route, int status, long started)
    {
        var statusName = StatusNames.Of(status);
        _requests.Add(1, new("method", method), new("route", route), new("status", statusName));
        _durations.Record(_clock.GetElapsedTime(started).TotalSeconds, new("method", method), new("route", route), new("status", statusName));
        _requestRate.Add(1);
    }

    public void Searched(TimeSpan elapsed)
    {
        _searches.Record(elapsed.TotalSeconds);
        SearchLatency.Add(elapsed);
    }

    public void Written(int count)
    {
        if (count == 0)
            return;
        _written.Add(count);
        _writeRate.Add(count);
    }
}
