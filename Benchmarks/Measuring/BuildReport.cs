using System.Globalization;
using JadeVector.Benchmarks.Indexes;

namespace JadeVector.Benchmarks.Measuring;

/// <summary>Says from time to time how far the building of an index is, until disposed of.</summary>
internal sealed class BuildReport : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly IBenchIndex _index;
    private readonly int _rows;
    private readonly TextWriter _progress;
    private readonly TimeProvider _clock;
    private readonly long _since;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private bool _ended;

    /// <param name="index">Not built yet.</param>
    /// <param name="rows">That it will have, 1 or more.</param>
    /// <param name="progress">Gets a line each <see cref="Interval"/>.</param>
    /// <param name="clock">Tells the time.</param>
    public BuildReport(IBenchIndex index, int rows, TextWriter progress, TimeProvider clock)
    {
        (_index, _rows, _progress, _clock) = (index, rows, progress, clock);
        _since = clock.GetTimestamp();
        _timer = clock.CreateTimer(_ => Say(), null, Interval, Interval);
    }

    /// <summary>After this nothing is said any more.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock) _ended = true;
    }

    private void Say()
    {
        lock (_lock)
        {
            if (_ended) return;
            var done = _index.RowsBuilt;
            _progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{_index.Name}: {done:N0} of {_rows:N0} rows ({100.0 * done / _rows:0} %) in {_clock.GetElapsedTime(_since).TotalSeconds:0} s"));
        }
    }
}
