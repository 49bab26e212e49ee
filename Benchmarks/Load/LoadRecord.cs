using System.Globalization;

namespace JadeVector.Benchmarks.Load;

/// <summary>What came back of a load. Safe for use from several threads.</summary>
internal sealed class LoadRecord
{
    private readonly Lock _lock = new();
    private readonly List<double> _milliseconds = [];
    private readonly SortedDictionary<string, long> _refusals = new(StringComparer.Ordinal);

    internal int Accepted
    {
        get
        {
            lock (_lock) return _milliseconds.Count;
        }
    }

    internal long Refused
    {
        get
        {
            lock (_lock) return _refusals.Values.Sum();
        }
    }

    /// <summary>Statuses with their codes, and how often each came.</summary>
    internal string Refusals
    {
        get
        {
            lock (_lock) return _refusals.Count == 0 ? "none" : string.Join(", ", _refusals.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}: {pair.Value}")));
        }
    }

    internal void Add(LoadAnswer answer, TimeSpan time)
    {
        if (answer.IsGood)
        {
            lock (_lock) _milliseconds.Add(time.TotalMilliseconds);
            return;
        }

        Add(string.Create(CultureInfo.InvariantCulture, $"{answer.Status} {answer.Code}"));
    }

    /// <summary>What did not even get an answer.</summary>
    internal void Add(string failure)
    {
        lock (_lock) _refusals[failure] = _refusals.GetValueOrDefault(failure) + 1;
    }

    /// <summary>Milliseconds within which that part of the accepted requests was answered; NaN when there were none.</summary>
    internal double Percentile(double part)
    {
        lock (_lock)
        {
            if (_milliseconds.Count == 0) return double.NaN;
            var sorted = _milliseconds.Order().ToArray();
            return sorted[(int)((sorted.Length - 1) * part)];
        }
    }
}
