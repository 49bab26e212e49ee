using JadeVector.Engine.Distance;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

public sealed unsafe partial class HnswGraph
{
    /// <summary>Links a row into the graph (Algorithm 1).</summary>
    /// <param name="row">A row of <see cref="Rows"/> that was not inserted before. Rows are started in ascending order, by one thread or several; with one, the same seed gives the same graph.</param>
    /// <param name="scratch">Used by nobody else meanwhile.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    /// <exception cref="InvalidOperationException">The graph is mapped, or the row was inserted before.</exception>
    public void Insert(int row, HnswScratch scratch)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_isMapped)
            throw new InvalidOperationException("A mapped graph cannot grow.");
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows.Count);
        var level = Start(row);
        if (_int8 is { } codec)
        {
            EncodeRow(row, codec);
            var scorer = new Int8Scorer(this, codec, (sbyte*)_base.At(row));
            if (_sketch is { PaysInWalks: true } sketch)
                LinkIn(row, level, new SketchedScorer<Int8Scorer>(scorer, this, sketch.QueryOf((sbyte*)_sketches.At(row), scratch.Sketch())), scratch);
            else
                LinkIn(row, level, scorer, scratch);
        }
        else if (Metric is Metric.Euclidean)
        {
            LinkIn(row, level, new FloatScorer<SquaredEuclidean>(Rows, Rows.Row(row)), scratch);
        }
        else if (Metric is Metric.Cosine)
        {
            LinkIn(row, level, new FloatScorer<CosineDistance>(Rows, Rows.Row(row)), scratch);
        }
        else
        {
            LinkIn(row, level, new FloatScorer<DotDistance>(Rows, Rows.Row(row)), scratch);
        }

        Finish(row);
    }

    /// <summary>Absent -> Started: the row has its level and room for its links.</summary>
    private int Start(int row)
    {
        lock (_growth)
        {
            if (_codes is not VectorCodes.None && _int8 is null)
                Train();
            _base.EnsureCount(row + 1);
            if (_sketch is not null)
                _sketches.EnsureCount(row + 1);
            _upperFirst.EnsureCount(row + 1);
            _state.EnsureCount(row + 1);
            _nextEqual.EnsureCount(row + 1);
            _locks.EnsureCount(row + 1);
            var state = _state.At(row);
            if (*state != 0)
                throw new InvalidOperationException($"Row {row} was inserted before.");
            var level = LevelGenerator.LevelOf(Options.Seed, row, Options.M);
            if (level > 0)
            {
                _upper.EnsureCount(checked(_upperCount + level));
                *(int*)_upperFirst.At(row) = _upperCount;
                Volatile.Write(ref _upperCount, _upperCount + level);
            }

            *state = (byte)(Started | level);
            Volatile.Write(ref _started, _started + 1);
            Volatile.Write(ref _rowLimit, Math.Max(_rowLimit, row + 1));
            return level;
        }
    }

    /// <summary>Started -> Linked, and the count moves over all rows that are linked by now.</summary>
    private void Finish(int row)
    {
        var state = _state.At(row);
        Volatile.Write(ref *state, (byte)(*state | Linked));
        // Two threads that finish neighbouring rows must not both miss the other's mark.
        Interlocked.MemoryBarrier();
        var count = Volatile.Read(ref _count);
        while (count < Volatile.Read(ref _rowLimit) && (Volatile.Read(ref *_state.At(count)) & Linked) != 0)
        {
            var seen = Interlocked.CompareExchange(ref _count, count + 1, count);
            count = seen == count ? count + 1 : seen;
        }
    }

    private void LinkIn<TScorer>(int row, int level, TScorer scorer, HnswScratch scratch)
        where TScorer : struct, IScorer
    {
        var entry = Volatile.Read(ref _entry);
        if (entry != NoEntry && level <= LevelOf(entry))
        {
            Link(row, level, entry, ref scorer, scratch);
            return;
        }

        lock (_entryLock)
        {
            entry = Volatile.Read(ref _entry);
            var isNode = entry == NoEntry || Link(row, level, entry, ref scorer, scratch);
            if (isNode && (entry == NoEntry || level > LevelOf(entry)))
                Volatile.Write(ref _entry, ((long)level << 32) | (uint)row);
        }
    }

    /// <summary>Finds a row's neighbours and links it with them, or hangs it on a node of the same vector.</summary>
    /// <returns>Whether it became a node.</returns>
    private bool Link<TScorer>(int row, int level, long entry, ref TScorer scorer, HnswScratch scratch)
        where TScorer : struct, IScorer
    {
        // Of the row itself and of rows that others have started since, a walk sees nothing or finished lists: see the remarks on the class.
        var rowLimit = Volatile.Read(ref _rowLimit);
        var m = Options.M;
        var ef = Options.EfConstruction;
        var top = Math.Min(level, LevelOf(entry));
        var selected = scratch.Selected((top + 1) * m);
        SearchStats stats = default;
        var start = Descend(ref scorer, entry, top, rowLimit, ref stats);
        for (var l = top; l >= 0; l--)
        {
            var found = l > 0
                ? WalkLevel<TScorer, UpperLevel>(ref scorer, start, l, ef, rowLimit, scratch, ref stats, CancellationToken.None)
                : WalkLevel<TScorer, BaseLevel>(ref scorer, start, l, ef, rowLimit, scratch, ref stats, CancellationToken.None);
            if (FindEqual(row, ref scorer, scratch.Pool, found) is var equal and not NoRow)
            {
                Attach(row, equal);
                return false;
            }

            start = new RowDistance(CandidateKey.Row(scratch.Pool[0]), CandidateKey.Distance(scratch.Pool[0]));
            scratch.SelectedCounts[l] = SelectDiverse(scorer, scratch.Pool, found, m, selected + (l * m));
        }

        for (var l = top; l >= 0; l--)
            Publish(LinksOf(row, l), selected + (l * m), scratch.SelectedCounts[l]);
        for (var l = 0; l <= top; l++)
        {
            for (var i = 0; i < scratch.SelectedCounts[l]; i++)
                LinkBack(selected[(l * m) + i], l, row, scorer, scratch);
        }

        return true;
    }
}
