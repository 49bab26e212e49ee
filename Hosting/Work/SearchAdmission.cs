namespace JadeVector.Hosting.Work;

/// <summary>
/// How many searches an edge takes in at once, and of which databases. The number follows from how long searches wait for a thread: it
/// grows by one for each round of searches that did not wait too long, and falls by a fifth when one did. So a node that has more than
/// it can do refuses before it has read a request, and what it takes is answered nearly as fast as ever.
/// A database that asks for more than the others gets what they leave. Safe for use from several threads.
/// </summary>
/// <param name="threads">That search; so many and one more are always taken in.</param>
/// <param name="waitMax">How long a search may wait for a thread before fewer are taken in.</param>
/// <param name="clock">Tells which waits began after the last change.</param>
public sealed class SearchAdmission(int threads, TimeSpan waitMax, TimeProvider clock)
{
    /// <summary>However little they wait: each holds its request in memory.</summary>
    public const int InsideMax = 1024;

    private const double CutFactor = 0.8;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _shares = new(StringComparer.Ordinal);
    private double _limit = InsideMax;
    private int _inside;
    private long _cutAt;

    /// <summary>Searches that are taken in at once, of all databases; one that has less than its share is taken in beyond it.</summary>
    public int Limit
    {
        get
        {
            lock (_lock)
                return (int)_limit;
        }
    }

    /// <summary>Takes a search in, unless there are too many; then <see cref="Leave"/> is owed.</summary>
    public bool TryEnter(string databaseId)
    {
        lock (_lock)
        {
            var own = _shares.GetValueOrDefault(databaseId);
            var sharers = _shares.Count + (own == 0 ? 1 : 0);
            if (_inside >= (int)_limit && own >= (int)(_limit / sharers))
                return false;
            _shares[databaseId] = own + 1;
            _inside++;
            return true;
        }
    }

    /// <summary>A search that was taken in has been answered.</summary>
    public void Leave(string databaseId)
    {
        lock (_lock)
        {
            _inside--;
            if (--_shares[databaseId] == 0)
                _shares.Remove(databaseId);
        }
    }

    /// <summary>A search got its thread.</summary>
    public void Waited(TimeSpan wait)
    {
        lock (_lock)
        {
            if (wait <= waitMax)
            {
                if (_inside >= (int)_limit)
                    _limit = Math.Min(InsideMax, _limit + (1 / _limit));
            }
            else if (_cutAt == 0 || clock.GetElapsedTime(_cutAt) >= wait)
            {
                // One that began to wait before the last cut says nothing of what is taken in since.
                _cutAt = clock.GetTimestamp();
                _limit = Math.Max(threads + 1, Math.Min(_limit, _inside) * CutFactor);
            }
        }
    }
}
