using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace JadeVector.Api.Metrics;

/// <summary>Listens to every meter named <c>JadeVector.*</c> and writes what they measured in Prometheus' text format 0.0.4.</summary>
internal sealed class PrometheusExporter : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string MeterPrefix = "JadeVector.";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();
    private readonly IMeterFactory _own;

    /// <param name="own">Meters of other factories are other hosts' in this process; meters of none are everyone's.</param>
    public PrometheusExporter(IMeterFactory own)
    {
        _own = own;
        _listener.InstrumentPublished = OnPublished;
        _listener.SetMeasurementEventCallback<long>(static (_, value, labels, family) => ((MetricFamily)family!).Record(value, labels));
        _listener.SetMeasurementEventCallback<int>(static (_, value, labels, family) => ((MetricFamily)family!).Record(value, labels));
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, family) => ((MetricFamily)family!).Record(value, labels));
        _listener.SetMeasurementEventCallback<float>(static (_, value, labels, family) => ((MetricFamily)family!).Record(value, labels));
        _listener.Start();
    }

    public string Export()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder(8 * 1024);
        foreach (var group in _families.Values.GroupBy(family => family.Name).OrderBy(group => group.Key, StringComparer.Ordinal))
            WriteFamily(text, group.First(), group.SelectMany(family => family.Series));
        WriteProcess(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (!instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal) || (instrument.Meter.Scope is { } scope && scope != _own))
            return;
        var family = _families.GetOrAdd(instrument, static published => new MetricFamily(published));
        listener.EnableMeasurementEvents(instrument, family);
    }

    private static void WriteFamily(StringBuilder text, MetricFamily family, IEnumerable<MetricSeries> series)
    {
        WriteHead(text, family.Name, family.Help, family.Kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        });
        foreach (var one in series)
        {
            if (family.Kind == MetricKind.Histogram)
                WriteHistogram(text, family, one);
            else
                WriteSample(text, family.Name, "", one.Labels, null, one.Value);
        }
    }

    private static void WriteHistogram(StringBuilder text, MetricFamily family, MetricSeries series)
    {
        var counts = series.Cumulative();
        for (var i = 0; i < counts.Length; i++)
        {
            var bound = i < family.Bounds.Length ? family.Bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
            WriteSample(text, family.Name, "_bucket", series.Labels, bound, counts[i]);
        }

        WriteSample(text, family.Name, "_sum", series.Labels, null, series.Value);
        WriteSample(text, family.Name, "_count", series.Labels, null, counts[^1]);
    }

    private static void WriteProcess(StringBuilder text)
    {
        using var self = Process.GetCurrentProcess();
        Write("process_cpu_seconds_total", "Processor time used.", "counter", self.TotalProcessorTime.TotalSeconds);
        Write("process_resident_memory_bytes", "Memory in use, native and mapped included.", "gauge", self.WorkingSet64);
        Write("process_start_time_seconds", "Start, in seconds since 1970.", "gauge", new DateTimeOffset(self.StartTime).ToUnixTimeSeconds());
        Write("dotnet_managed_heap_bytes", "The part of memory that the collector manages.", "gauge", GC.GetTotalMemory(forceFullCollection: false));

        void Write(string name, string help, string kind, double value)
        {
            WriteHead(text, name, help, kind);
            WriteSample(text, name, "", [], null, value);
        }
    }

    private static void WriteHead(StringBuilder text, string name, string help, string kind) =>
        text.Append("# HELP ").Append(name).Append(' ')
            .Append(help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal))
            .Append("\n# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');

    private static void WriteSample(
        StringBuilder text, string name, string suffix, KeyValuePair<string, string>[] labels, string? bound, double value)
    {
        text.Append(name).Append(suffix);
        if (labels.Length > 0 || bound is not null)
        {
            var separator = '{';
            foreach (var (label, content) in labels)
            {
                text.Append(separator).Append(label).Append("=\"").Append(Escape(content)).Append('"');
                separator = ',';
            }

            if (bound is not null)
                text.Append(separator).Append("le=\"").Append(bound).Append('"');
            text.Append('}');
        }

        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    private static string Escape(string label) =>
        label.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
