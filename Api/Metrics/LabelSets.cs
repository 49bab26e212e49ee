using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace JadeVector.Api.Metrics;

/// <summary>Series by their labels; looking one up allocates nothing.</summary>
internal sealed class LabelSets
{
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], MetricSeries> _series = new(LabelComparer.Instance);

    public int Count => _series.Count;

    public ICollection<MetricSeries> All => _series.Values;

    public MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> labels) =>
        _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>().TryGetValue(labels, out var series) ? series : null;

    public MetricSeries Add(ReadOnlySpan<KeyValuePair<string, object?>> labels, double[] bounds)
    {
        var key = labels.ToArray();
        return _series.GetOrAdd(key, static (all, bounds) => new MetricSeries([.. all.Select(TextOf)], bounds), bounds);
    }

    private static KeyValuePair<string, string> TextOf(KeyValuePair<string, object?> label) =>
        new(label.Key, Convert.ToString(label.Value, CultureInfo.InvariantCulture) ?? "");

    /// <summary>Labels in one order always: instruments record them so.</summary>
    private sealed class LabelComparer
        : IEqualityComparer<KeyValuePair<string, object?>[]>,
            IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
    {
        public static readonly LabelComparer Instance = new();

        public bool Equals(KeyValuePair<string, object?>[]? x, KeyValuePair<string, object?>[]? y) =>
            x is null ? y is null : y is not null && Equals(x.AsSpan(), y);

        public int GetHashCode([DisallowNull] KeyValuePair<string, object?>[] labels) => GetHashCode(labels.AsSpan());

        public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> labels, KeyValuePair<string, object?>[] other)
        {
            if (labels.Length != other.Length)
                return false;
            for (var i = 0; i < labels.Length; i++)
            {
                if (labels[i].Key != other[i].Key || !Equals(labels[i].Value, other[i].Value))
                    return false;
            }

            return true;
        }

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            var hash = default(HashCode);
            foreach (var (name, value) in labels)
            {
                hash.Add(name);
                hash.Add(value);
            }

            return hash.ToHashCode();
        }

        public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> labels) => labels.ToArray();
    }
}
