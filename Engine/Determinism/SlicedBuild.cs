namespace JadeVector.Engine.Determinism;

/// <summary>
/// Something that takes long to build, built in slices of some milliseconds: between two of them others get their turn, it can be given up, and it tells how far it is.
/// The slices are the same in the same order whoever runs them, one thread or several by turns.
/// </summary>
public abstract class SlicedBuild<T> : IDisposable
    where T : class, IDisposable
{
    private readonly long _sliceWork;
    private IEnumerator<long>? _pieces;
    private T? _built;
    private long _done;
    private bool _isComplete;

    /// <param name="sliceWork">Units of work after which a slice ends, 1 or more; the pieces that it is made of are not cut.</param>
    protected SlicedBuild(long sliceWork)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sliceWork, 1);
        _sliceWork = sliceWork;
    }

    /// <summary>Units of work in all slices together; 1 or more.</summary>
    public abstract long Total { get; }

    /// <summary>Units of work done, 0 to <see cref="Total"/>. May be read while a slice runs.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>Does the next slice.</summary>
    /// <returns>False when nothing is left to do.</returns>
    public bool Step()
    {
        _pieces ??= Pieces();
        for (long work = 0; work < _sliceWork; work += _pieces.Current)
        {
            if (!_pieces.MoveNext())
            {
                System.Diagnostics.Debug.Assert(_done == Total, "The work is what was announced.");
                _isComplete = true;
                return false;
            }

            Volatile.Write(ref _done, _done + _pieces.Current);
        }

        return true;
    }

    /// <summary>Does what is left, and gives what was built to the caller.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; looked at between slices.</exception>
    public T Complete(CancellationToken cancellation)
    {
        do
            cancellation.ThrowIfCancellationRequested();
        while (Step());
        return Take();
    }

    /// <summary>Gives what was built to the caller, who disposes of it.</summary>
    /// <exception cref="InvalidOperationException">Slices are left to do.</exception>
    public T Take()
    {
        if (_built is null || !_isComplete)
            throw new InvalidOperationException($"Of {Total} units of work {Done} have been done.");
        var built = _built;
        _built = null;
        return built;
    }

    /// <summary>Gives up what is not complete. No slice is running.</summary>
    public void Dispose()
    {
        _pieces?.Dispose();
        _built?.Dispose();
        _built = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>The work, piece by piece: each gives the units that it took. They pass <see cref="Hold"/> what is being built.</summary>
    protected abstract IEnumerator<long> Pieces();

    /// <summary>Takes over what is being built: it is disposed of unless it is taken.</summary>
    protected void Hold(T built) => _built = built;
}
