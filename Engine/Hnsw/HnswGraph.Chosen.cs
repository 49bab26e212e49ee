using System.Numerics;
using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

// Search among chosen rows without a walk: their sketches and codes are small and lie in order, so that comparing all of them costs less than
// a walk that finds few of them on its way, wherever they are. Only with byte codes: of rows that are all far, one-bit codes do not tell which are
// a little nearer.
public sealed unsafe partial class HnswGraph
{
    private const int WordBits = 64;

    /// <summary>Rows whose sketches are asked with one limit, at least.</summary>
    private const int ChosenAtOnce = 256;

    /// <summary>The same for the first batches, after which the limit is nearer each time.</summary>
    private const int FirstAtOnce = 64;

    /// <summary>Batches of this size, for which sketches allow for what they do in any search, before what this one has shown counts.</summary>
    private const int BatchesUntilLearned = 8;

    /// <summary>Rows of a batch at most: one less than enough, and then those of a whole word.</summary>
    private const int BatchRoom = ChosenAtOnce + WordBits;

    /// <summary>Rows whose codes are being fetched while another is compared.</summary>
    private const int RowsAhead = 8;

    /// <summary>Batches between two looks at the cancellation token.</summary>
    private const int BatchesPerCheck = 16;

    /// <summary>Whether the graph has byte codes, without which there is no <see cref="SearchChosen"/>.</summary>
    public bool ComparesChosen => _codes is VectorCodes.Int8;

    /// <summary>
    /// Rows that <see cref="SearchChosen"/> compares, or a scan of the vectors where there are no such codes, in the time in which a walk asks about one; about,
    /// for it decides which way is taken and never what is right.
    /// </summary>
    public int ScanRowsPerStep => ComparesChosen ? 8 : 1;

    /// <summary>Finds the nearest of chosen rows: all are compared by code, and by their vectors as many as may be among the nearest k.</summary>
    /// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="k">Rows asked for, 1 or more.</param>
    /// <param name="candidates">Rows that are nearest by code, whose vectors may be compared, 1 to <see cref="HnswLimits.EfSearchMax"/>; counts as k where it is less.</param>
    /// <param name="words">Bit <c>r % 64</c> of word <c>r / 64</c> chooses row r.</param>
    /// <param name="rowCount">Rows from here on do not count; at most <see cref="Count"/>.</param>
    /// <param name="filter">Has the last word on a chosen row.</param>
    /// <param name="scratch">Used by nobody else meanwhile.</param>
    /// <param name="results">Takes the rows, nearest first, ties by lower row; room for k. Their distances are those of the vectors.</param>
    /// <param name="stats">The work is added.</param>
    /// <param name="cancellation">Looked at every thousand rows or so.</param>
    /// <returns>How many rows were found: k, or all that are chosen and included.</returns>
    /// <exception cref="InvalidOperationException">The graph has no byte codes.</exception>
    /// <exception cref="ArgumentException">The query's dimension, k, the candidates or the number of rows does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; <paramref name="results"/> is as it was.</exception>
    public int SearchChosen<TFilter>(
        ReadOnlySpan<float> query,
        int k,
        int candidates,
        ReadOnlySpan<ulong> words,
        int rowCount,
        TFilter filter,
        HnswScratch scratch,
        Span<RowDistance> results,
        ref SearchStats stats,
        CancellationToken cancellation)
        where TFilter : struct, IRowFilter
    {
        CheckSearch(query, k, candidates, results);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowCount, Count);
        if (!ComparesChosen)
            throw new InvalidOperationException("A graph without byte codes has nothing to compare chosen rows by.");
        var plan = new WalkPlan<TFilter>(NoEntry, k, Math.Max(k, candidates), filter, cancellation) { Chosen = words, ChosenCount = rowCount };
        var found = SearchBytes(scratch.Query(query), plan, scratch, ref stats);
        for (var i = 0; i < found; i++)
            results[i] = new RowDistance(CandidateKey.Row(scratch.Pool[i]), CandidateKey.Distance(scratch.Pool[i]));
        return found;
    }

    /// <summary>Compares all chosen rows; at most ef keys in the scratch's pool, nearest first.</summary>
    /// <returns>How many.</returns>
    private static int CompareChosen<TScorer, TFilter>(ref TScorer scorer, WalkPlan<TFilter> plan, HnswScratch scratch, ref SearchStats stats)
        where TScorer : struct, IScorer
        where TFilter : struct, IRowFilter
    {
        scratch.BeginWalk(0, plan.Ef, 2 * BatchRoom + RowsAhead);
        var batch = scratch.Batch(0);
        var waiting = batch + BatchRoom;
        var nearest = new ChosenCandidates(scratch.Pool, plan.K, plan.Ef);
        var wordCount = Math.Min(plan.Chosen.Length, (plan.ChosenCount + WordBits - 1) / WordBits);
        var (count, waitingCount, batches) = (0, 0, 0);
        for (var word = 0; word < wordCount; word++)
        {
            count += Gather(word * WordBits, plan.BitsOf(word), batch + count);
            if (count < (batches < BatchesUntilLearned ? FirstAtOnce : ChosenAtOnce) && word + 1 < wordCount)
                continue;
            if ((++batches & (BatchesPerCheck - 1)) == 0)
                plan.Cancellation.ThrowIfCancellationRequested();
            count = TScorer.Sifts ? scorer.Sift(batch, count, nearest.Limit) : count;
            for (var i = 0; i < count; i++)
            {
                scorer.Prefetch(batch[i]);
                waiting[waitingCount++] = batch[i];
            }

            var compared = Math.Max(0, waitingCount - RowsAhead);
            nearest.Compare(ref scorer, waiting, compared, plan.Filter);
            stats.Distances += compared;
            waitingCount -= compared;
            new ReadOnlySpan<int>(waiting + compared, waitingCount).CopyTo(new Span<int>(waiting, waitingCount));
            if (TScorer.Sifts && batches >= BatchesUntilLearned)
                nearest.Learn(ref scorer);
            count = 0;
        }

        nearest.Compare(ref scorer, waiting, waitingCount, plan.Filter);
        stats.Distances += waitingCount;
        return nearest.Count;
    }

    /// <summary>Turns bits into rows.</summary>
    /// <returns>How many.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Gather(int firstOfWord, ulong bits, int* rows)
    {
        var count = 0;
        for (; bits != 0; bits &= bits - 1)
            rows[count++] = firstOfWord + BitOperations.TrailingZeroCount(bits);
        return count;
    }
}
