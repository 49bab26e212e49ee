using System.Diagnostics.Metrics;

namespace JadeVector.Api.Metrics;

/// <summary>The numbers of one instrument under one set of labels.</summary>
internal sealed class MetricSeries(KeyValuePair<string, string>[] labels, double[] bounds)
{
    private readonly long[] _buckets = new long[bounds.Length + 1];
    private double _value;
    private long _count;

    public KeyValuePair<string, string>[] Labels { get; } = labels;

    /// <summary>The sum of a counter or histogram, the last value of a gauge.</summary>
    public double Value => Volatile.Read(ref _value);

    public long Count => Volatile.Read(ref _count);

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double value)
    {
        var seen = Volatile.Read(ref _value);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (before.Equals(seen))
                return;
            seen = before;
        }
    }

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
            bucket++;
        Interlocked.Increment(ref _buckets[bucket]);
        Interlocked.Increment(ref _count);
        Add(value);
    }

    /// <summary>Observations up to and including each bound, then all.</summary>
    public long[] Cumulative()
    {
        var counts = new long[_buckets.Length];
        long sum = 0;
        for (var i = 0; i < counts.Length; i++)
            counts[i] = sum += Volatile.Read(ref _buckets[i]);
        return counts;
    }
}

/// <summary>One instrument with all its series.</summary>
internal sealed class MetricFamily
{
    /// <summary>Seconds.</summary>
    private static readonly double[] DefaultBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>Above this, labels are unbounded by mistake: the rest is counted together.</summary>
    private const int SeriesMax = 2_000;

    private readonly LabelSets _sets = new();
    private readonly MetricSeries _overflow;

    public MetricFamily(Instrument instrument)
    {
        Name = NameOf(instrument);
        Help = instrument.Description ?? instrument.Name;
        Kind = KindOf(instrument);
        Bounds = Kind == MetricKind.Histogram
            ? (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? DefaultBounds
            : [];
        IsObserved = instrument.IsObservable;
        _overflow = new MetricSeries([new("overflow", "true")], Bounds);
    }

    public string Name { get; }

    public string Help { get; }

    public MetricKind Kind { get; }

    public double[] Bounds { get; }

    /// <summary>Its callbacks tell totals, not increments.</summary>
    private bool IsObserved { get; }

    public IEnumerable<MetricSeries> Series => _sets.All.Append(_overflow).Where(series => series != _overflow || series.Count > 0 || series.Value != 0);

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var series = _sets.Find(labels) ?? (_sets.Count < SeriesMax ? _sets.Add(labels, Bounds) : _overflow);
        if (Kind == MetricKind.Histogram)
            series.Observe(value);
        else if (Kind == MetricKind.Gauge || IsObserved)
            series.Set(value);
        else
            series.Add(value);
    }

    private static MetricKind KindOf(Instrument instrument)
    {
        var name = instrument.GetType().Name;
        if (name.StartsWith("Histogram", StringComparison.Ordinal))
            return MetricKind.Histogram;
        if (name.Contains("UpDown", StringComparison.Ordinal))
            return MetricKind.UpDown;
        return name.Contains("Counter", StringComparison.Ordinal) ? MetricKind.Counter : MetricKind.Gauge;
    }

    private static string NameOf(Instrument instrument)
    {
        var name = string.Concat(instrument.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", "ms" => "_milliseconds", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return KindOf(instrument) == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }
}

internal enum MetricKind
{
    Counter,
    UpDown,
    Gauge,
    Histogram,
}
