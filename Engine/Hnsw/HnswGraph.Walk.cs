using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Hnsw;

// Walks over one level. Raw pointers throughout: every link is below the number of rows by the rules of HnswGraph or by the check of a mapped
// image, and blocks, vectors and marks exist for all rows below the limit that a walk begins with.
public sealed unsafe partial class HnswGraph
{
    /// <summary>Hops between two looks at the cancellation token, a power of two.</summary>
    private const int HopsPerCheck = 1024;

    /// <summary>Bytes of a vector that are fetched ahead; what follows in a longer one the processor fetches by itself once it is being read.</summary>
    private const int PrefetchBytes = 256;

    /// <summary>Goes down level by level, each time to the nearest neighbour until none is nearer (Algorithm 2 with ef = 1).</summary>
    /// <returns>Where it ends on level <paramref name="downTo"/> + 1; the entry point itself when that is not above it.</returns>
    private RowDistance Descend<TDistance>(float* query, long entry, int downTo, int rowLimit, ref SearchStats stats)
        where TDistance : IDistance
    {
        var dimension = Rows.Dimension;
        var row = RowOf(entry);
        var nearest = TDistance.Compute(query, Rows.Row(row), dimension);
        stats.Distances++;
        for (var level = LevelOf(entry); level > downTo; level--)
        {
            bool moved;
            do
            {
                moved = false;
                var links = UpperLevel.Links(this, row, level);
                var count = Volatile.Read(ref *links);
                stats.Hops++;
                for (var i = 1; i <= count; i++)
                {
                    var neighbour = Volatile.Read(ref links[i]);
                    if ((uint)neighbour >= (uint)rowLimit)
                        continue;
                    var distance = TDistance.Compute(query, Rows.Row(neighbour), dimension);
                    stats.Distances++;
                    if (distance < nearest)
                    {
                        nearest = distance;
                        row = neighbour;
                        moved = true;
                    }
                }
            }
            while (moved);
        }

        return new RowDistance(row, nearest);
    }

    /// <summary>Finds the nodes nearest to the query on one level (Algorithm 2): at most <paramref name="ef"/> keys in the scratch's pool, nearest first.</summary>
    /// <returns>How many.</returns>
    private int WalkLevel<TDistance, TLevel>(
        float* query, RowDistance start, int level, int ef, int rowLimit, HnswScratch scratch, ref SearchStats stats, CancellationToken cancellation)
        where TDistance : IDistance
        where TLevel : ILevel
    {
        var dimension = Rows.Dimension;
        var epoch = scratch.BeginWalk(rowLimit, ef, _baseLayout.LinkCapacity);
        var marks = scratch.Marks;
        var batch = scratch.Batch(_baseLayout.LinkCapacity);
        var pool = new CandidatePool(scratch.Pool, ef);
        marks[start.Row] = epoch;
        pool.Insert(CandidateKey.Of(start.Row, start.Distance));
        long hops = 0, distances = 0;
        var next = 0;
        while (next < pool.Count)
        {
            var key = pool[next];
            if (CandidateKey.IsFollowed(key))
            {
                next++;
                continue;
            }

            pool.MarkFollowed(next);
            var unseen = GatherUnseen<TLevel>(CandidateKey.Row(key), level, rowLimit, marks, epoch, batch);
            if ((++hops & (HopsPerCheck - 1)) == 0)
                cancellation.ThrowIfCancellationRequested();
            if (++next < pool.Count)
                Prefetch.Lines(TLevel.Links(this, CandidateKey.Row(pool[next]), level), PrefetchBytes / 2);
            distances += unseen;
            for (var i = 0; i < unseen; i++)
            {
                var candidate = CandidateKey.Of(batch[i], TDistance.Compute(query, Rows.Row(batch[i]), dimension));
                if (candidate < pool.Bound)
                    next = Math.Min(next, pool.Insert(candidate));
            }
        }

        stats.Hops += hops;
        stats.Distances += distances;
        return pool.Count;
    }

    /// <summary>Like <see cref="WalkLevel"/> on level 0, through rows that the filter leaves out but without keeping them: it goes on until no unexplored node is nearer than the last of <paramref name="ef"/> rows that count.</summary>
    private int WalkFiltered<TDistance, TFilter>(
        float* query, RowDistance start, int ef, int rowLimit, TFilter filter, HnswScratch scratch, ref SearchStats stats, CancellationToken cancellation)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
    {
        var dimension = Rows.Dimension;
        var epoch = scratch.BeginWalk(rowLimit, ef, _baseLayout.LinkCapacity);
        var marks = scratch.Marks;
        var batch = scratch.Batch(_baseLayout.LinkCapacity);
        var found = new CandidatePool(scratch.Pool, ef);
        var frontier = scratch.Frontier;
        frontier.Clear();
        marks[start.Row] = epoch;
        frontier.Push(CandidateKey.Of(start.Row, start.Distance));
        OfferEquals(start.Row, start.Distance, ef, filter, ref found);
        long hops = 0, distances = 0;
        while (frontier.Count > 0 && frontier.First <= found.Bound)
        {
            var key = frontier.Pop();
            var unseen = GatherUnseen<BaseLevel>(CandidateKey.Row(key), 0, rowLimit, marks, epoch, batch);
            if ((++hops & (HopsPerCheck - 1)) == 0)
                cancellation.ThrowIfCancellationRequested();
            if (frontier.Count > 0)
                Prefetch.Lines(BaseLevel.Links(this, CandidateKey.Row(frontier.First), 0), PrefetchBytes / 2);
            distances += unseen;
            for (var i = 0; i < unseen; i++)
            {
                var distance = TDistance.Compute(query, Rows.Row(batch[i]), dimension);
                var candidate = CandidateKey.Of(batch[i], distance);
                if (candidate >= found.Bound)
                    continue;
                frontier.Push(candidate);
                OfferEquals(batch[i], distance, ef, filter, ref found);
            }
        }

        stats.Hops += hops;
        stats.Distances += distances;
        return found.Count;
    }

    /// <summary>Marks the neighbours of a node that the walk has not seen, starts fetching their vectors, and puts them into <paramref name="batch"/>.</summary>
    /// <returns>How many.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int GatherUnseen<TLevel>(int row, int level, int rowLimit, byte* marks, byte epoch, int* batch)
        where TLevel : ILevel
    {
        var prefetchBytes = Math.Min(PrefetchBytes, Rows.Dimension * sizeof(float));
        var links = TLevel.Links(this, row, level);
        var count = Volatile.Read(ref *links);
        var unseen = 0;
        for (var i = 1; i <= count; i++)
        {
            var neighbour = Volatile.Read(ref links[i]);
            if ((uint)neighbour >= (uint)rowLimit || marks[neighbour] == epoch)
                continue;
            marks[neighbour] = epoch;
            Prefetch.Lines(Rows.Row(neighbour), prefetchBytes);
            batch[unseen++] = neighbour;
        }

        return unseen;
    }
}
