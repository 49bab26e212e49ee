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

    /// <summary>A walk with a filter is not judged by what it has found before it has taken one in so many of the steps that it may take.</summary>
    private const int StepsUntilJudged = 8;

    /// <summary>Bytes of links that are fetched ahead.</summary>
    private const int LinkPrefetchBytes = 128;

    /// <summary>Goes down level by level, each time to the nearest neighbour until none is nearer (Algorithm 2 with ef = 1).</summary>
    /// <returns>Where it ends on level <paramref name="downTo"/> + 1; the entry point itself when that is not above it.</returns>
    private RowDistance Descend<TScorer>(ref TScorer scorer, long entry, int downTo, int rowLimit, ref SearchStats stats)
        where TScorer : struct, IScorer
    {
        var row = RowOf(entry);
        var nearest = scorer.To(row);
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
                    if ((uint)links[i] < (uint)rowLimit)
                        scorer.PrefetchFirst(links[i]);
                }

                for (var i = 1; i <= count; i++)
                {
                    var neighbour = Volatile.Read(ref links[i]);
                    if ((uint)neighbour >= (uint)rowLimit || (TScorer.Sifts && scorer.AtLeast(neighbour) > nearest))
                        continue;
                    var distance = scorer.To(neighbour);
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
    private int WalkLevel<TScorer, TLevel>(
        ref TScorer scorer, RowDistance start, int level, int ef, int rowLimit, HnswScratch scratch, ref SearchStats stats, CancellationToken cancellation)
        where TScorer : struct, IScorer
        where TLevel : ILevel
    {
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
            var unseen = GatherUnseen<TScorer, TLevel>(ref scorer, CandidateKey.Row(key), level, rowLimit, marks, epoch, batch);
            if ((++hops & (HopsPerCheck - 1)) == 0)
                cancellation.ThrowIfCancellationRequested();
            if (++next < pool.Count)
                PrefetchLinks<TLevel>(CandidateKey.Row(pool[next]), level);
            unseen = Sift(ref scorer, batch, unseen, pool.IsFull ? CandidateKey.Distance(pool.Bound) : float.PositiveInfinity);
            distances += unseen;
            for (var i = 0; i < unseen; i++)
            {
                var candidate = CandidateKey.Of(batch[i], scorer.To(batch[i]));
                if (candidate < pool.Bound)
                    next = Math.Min(next, pool.Insert(candidate));
            }
        }

        stats.Hops += hops;
        stats.Distances += distances;
        return pool.Count;
    }

    /// <summary>Like <see cref="WalkLevel"/> on level 0, through rows that the filter leaves out but without keeping them: it goes on until no unexplored node is nearer than the last of as many rows that count as the plan asks for.</summary>
    /// <returns>How many; none when it has taken more steps than it may, or would as it looks.</returns>
    private int WalkFiltered<TScorer, TFilter>(
        ref TScorer scorer, RowDistance start, WalkPlan<TFilter> plan, int rowLimit, HnswScratch scratch, ref SearchStats stats)
        where TScorer : struct, IScorer
        where TFilter : struct, IRowFilter
    {
        var (ef, filter) = (plan.Ef, plan.Filter);
        var epoch = scratch.BeginWalk(rowLimit, ef, _baseLayout.LinkCapacity);
        var marks = scratch.Marks;
        var batch = scratch.Batch(_baseLayout.LinkCapacity);
        var found = new CandidatePool(scratch.Pool, ef);
        var frontier = scratch.Frontier;
        frontier.Clear();
        marks[start.Row] = epoch;
        frontier.Push(CandidateKey.Of(start.Row, start.Distance));
        OfferEquals(start.Row, start.Distance, ef, filter, ref found);
        long hops = 0, steps = 0, distances = 0;
        while (frontier.Count > 0 && frontier.First <= found.Bound)
        {
            if (steps > plan.StepsMax / StepsUntilJudged && (steps > plan.StepsMax || (!found.IsFull && IsHopeless(found.Count, ef, steps, plan.StepsMax))))
            {
                found = default;
                break;
            }

            var key = frontier.Pop();
            var unseen = GatherUnseen<TScorer, BaseLevel>(ref scorer, CandidateKey.Row(key), 0, rowLimit, marks, epoch, batch);
            steps += unseen;
            if ((++hops & (HopsPerCheck - 1)) == 0)
                plan.Cancellation.ThrowIfCancellationRequested();
            if (frontier.Count > 0)
                PrefetchLinks<BaseLevel>(CandidateKey.Row(frontier.First), 0);
            unseen = Sift(ref scorer, batch, unseen, found.IsFull ? CandidateKey.Distance(found.Bound) : float.PositiveInfinity);
            distances += unseen;
            for (var i = 0; i < unseen; i++)
            {
                var distance = scorer.To(batch[i]);
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

    /// <summary>Whether a walk that goes on finding rows at this rate would not have found enough with the steps that it may take.</summary>
    private static bool IsHopeless(int found, int wanted, long steps, long stepsMax) => (double)found * stepsMax < (double)wanted * steps;

    /// <summary>Keeps those rows of a batch that may be nearer than a bound, and begins to fetch what compares them.</summary>
    /// <returns>How many.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sift<TScorer>(ref TScorer scorer, int* batch, int count, float bound)
        where TScorer : struct, IScorer
    {
        if (!TScorer.Sifts)
            return count;
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            var row = batch[i];
            if (scorer.AtLeast(row) > bound)
                continue;
            scorer.Prefetch(row);
            batch[kept++] = row;
        }

        return kept;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PrefetchLinks<TLevel>(int row, int level)
        where TLevel : ILevel =>
        Prefetch.Lines(TLevel.Links(this, row, level), LinkPrefetchBytes);

    /// <summary>Marks the neighbours of a node that the walk has not seen, starts fetching what compares them, and puts them into <paramref name="batch"/>.</summary>
    /// <returns>How many.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int GatherUnseen<TScorer, TLevel>(ref TScorer scorer, int row, int level, int rowLimit, byte* marks, byte epoch, int* batch)
        where TScorer : struct, IScorer
        where TLevel : ILevel
    {
        var links = TLevel.Links(this, row, level);
        var count = Volatile.Read(ref *links);
        var unseen = 0;
        for (var i = 1; i <= count; i++)
        {
            var neighbour = Volatile.Read(ref links[i]);
            if ((uint)neighbour >= (uint)rowLimit || marks[neighbour] == epoch)
                continue;
            marks[neighbour] = epoch;
            scorer.PrefetchFirst(neighbour);
            batch[unseen++] = neighbour;
        }

        return unseen;
    }
}
