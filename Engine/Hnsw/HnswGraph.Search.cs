using JadeVector.Engine.Distance;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

public sealed unsafe partial class HnswGraph
{
    /// <summary>Finds rows near to a query: approximately the nearest that the filter includes (Algorithm 5, with the paper's early stop). A walk on codes is followed by a comparison of the vectors.</summary>
    /// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="k">Rows asked for, 1 or more.</param>
    /// <param name="ef">Candidate list length, <see cref="HnswLimits.EfSearchMin"/> to <see cref="HnswLimits.EfSearchMax"/>; counts as k where it is less. More finds more and costs more.</param>
    /// <param name="filter">Rows that it leaves out are walked through, never returned, and do not fill the candidate list.</param>
    /// <param name="scratch">Used by nobody else meanwhile.</param>
    /// <param name="results">Takes the rows, nearest first, ties by lower row; room for k. Their distances are those of the vectors, not of codes.</param>
    /// <param name="stats">The work is added.</param>
    /// <param name="cancellation">Looked at every thousand hops or so.</param>
    /// <param name="rescoreMax">Candidates of a walk on codes whose vectors are compared, at most; counts as k where it is less. By itself the walk stops where no further candidate can be near enough.</param>
    /// <param name="stepsMax">Rows that a walk with a filter may ask about; one that asks about more, or that after an eighth of them has found too few for its candidate list to be full in time, finds nothing.</param>
    /// <returns>How many rows were found, at most k. A row beyond <see cref="Count"/> may be among them while other threads insert.</returns>
    /// <exception cref="ArgumentException">The query's dimension, k, ef or the room for results does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; <paramref name="results"/> is as it was.</exception>
    /// <remarks>Never locks. The fewer rows the filter includes the longer the walk: in the extreme, every node is visited.</remarks>
    public int Search<TFilter>(
        ReadOnlySpan<float> query,
        int k,
        int ef,
        TFilter filter,
        HnswScratch scratch,
        Span<RowDistance> results,
        ref SearchStats stats,
        CancellationToken cancellation,
        int rescoreMax = HnswLimits.EfSearchMax,
        long stepsMax = long.MaxValue)
        where TFilter : struct, IRowFilter
    {
        CheckSearch(query, k, ef, results);
        ArgumentOutOfRangeException.ThrowIfNegative(stepsMax);
        ArgumentOutOfRangeException.ThrowIfNegative(rescoreMax);
        cancellation.ThrowIfCancellationRequested();
        var entry = Volatile.Read(ref _entry);
        if (entry == NoEntry)
            return 0;
        var search = new WalkPlan<TFilter>(entry, k, Math.Max(k, ef), filter, cancellation) { StepsMax = stepsMax, RescoreMax = Math.Max(k, rescoreMax) };
        var values = scratch.Query(query);
        var found = _codes switch
        {
            VectorCodes.None => SearchVectors(values, search, scratch, ref stats),
            VectorCodes.Int8 => SearchBytes(values, search, scratch, ref stats),
            _ => SearchBits(values, search, scratch, ref stats),
        };
        if (typeof(TFilter) == typeof(AllRows))
            return ExpandEquals(scratch.Pool, found, k, results);
        found = Math.Min(found, k);
        for (var i = 0; i < found; i++)
            results[i] = new RowDistance(CandidateKey.Row(scratch.Pool[i]), CandidateKey.Distance(scratch.Pool[i]));
        return found;
    }

    private void CheckSearch(ReadOnlySpan<float> query, int k, int ef, Span<RowDistance> results)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (query.Length != Rows.Dimension)
            throw new ArgumentException($"Expected {Rows.Dimension} components, got {query.Length}.", nameof(query));
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, results.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(ef, HnswLimits.EfSearchMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ef, HnswLimits.EfSearchMax);
    }

    private int SearchVectors<TFilter>(float* query, WalkPlan<TFilter> plan, HnswScratch scratch, ref SearchStats stats)
        where TFilter : struct, IRowFilter
    {
        switch (Metric)
        {
            case Metric.Euclidean:
                var euclidean = new FloatScorer<SquaredEuclidean>(Rows, query);
                return Find(ref euclidean, plan, scratch, ref stats);
            case Metric.Cosine:
                var cosine = new FloatScorer<CosineDistance>(Rows, query);
                return Find(ref cosine, plan, scratch, ref stats);
            default:
                var dot = new FloatScorer<DotDistance>(Rows, query);
                return Find(ref dot, plan, scratch, ref stats);
        }
    }

    private int SearchBytes<TFilter>(float* query, WalkPlan<TFilter> plan, HnswScratch scratch, ref SearchStats stats)
        where TFilter : struct, IRowFilter
    {
        var codec = _int8!;
        var code = scratch.Code(codec.CodeBytes);
        codec.Encode(query, code);
        var bytes = new Int8Scorer(this, codec, code);
        if (_sketch is not { } sketch || (!sketch.PaysInWalks && plan.Entry != NoEntry))
            return Rescore(ref bytes, query, Find(ref bytes, plan, scratch, ref stats), plan, scratch, ref stats);
        var sketched = new SketchedScorer<Int8Scorer>(bytes, this, sketch.Query(code, scratch.Sketch()));
        return Rescore(ref sketched, query, Find(ref sketched, plan, scratch, ref stats), plan, scratch, ref stats);
    }

    private int SearchBits<TFilter>(float* query, WalkPlan<TFilter> plan, HnswScratch scratch, ref SearchStats stats)
        where TFilter : struct, IRowFilter
    {
        var codec = _oneBit!;
        var bits = new OneBitScorer(this, _baseLayout.CodeBytes, codec.Query(query, scratch.Rotated(codec.RoomFloats), scratch.Planes(codec.Words * OneBitCodec.Planes)));
        return Rescore(ref bits, query, Find(ref bits, plan, scratch, ref stats), plan, scratch, ref stats);
    }

    /// <summary>At most ef keys in the scratch's pool, nearest first: of nodes when there is no filter, else of rows.</summary>
    private int Find<TScorer, TFilter>(ref TScorer scorer, WalkPlan<TFilter> plan, HnswScratch scratch, ref SearchStats stats)
        where TScorer : struct, IScorer
        where TFilter : struct, IRowFilter
    {
        if (plan.Entry == NoEntry)
            return CompareChosen(ref scorer, plan, scratch, ref stats);
        // Read after the entry point, so that the entry point is below it.
        var rowLimit = Volatile.Read(ref _rowLimit);
        var start = Descend(ref scorer, plan.Entry, downTo: 0, rowLimit, ref stats);
        return typeof(TFilter) == typeof(AllRows)
            ? WalkLevel<TScorer, BaseLevel>(ref scorer, start, 0, plan.Ef, rowLimit, scratch, ref stats, plan.Cancellation)
            : WalkFiltered(ref scorer, start, plan, rowLimit, scratch, ref stats);
    }

    private int Rescore<TScorer, TFilter>(ref TScorer scorer, float* query, int found, WalkPlan<TFilter> plan, HnswScratch scratch, ref SearchStats stats)
        where TScorer : struct, IScorer
        where TFilter : struct, IRowFilter
    {
        var count = Math.Min(found, plan.RescoreMax);
        return Metric switch
        {
            Metric.Euclidean => Rescore<TScorer, SquaredEuclidean>(ref scorer, query, count, plan.K, scratch, ref stats),
            Metric.Cosine => Rescore<TScorer, CosineDistance>(ref scorer, query, count, plan.K, scratch, ref stats),
            _ => Rescore<TScorer, DotDistance>(ref scorer, query, count, plan.K, scratch, ref stats),
        };
    }

    /// <summary>Compares the vectors of candidates, nearest by code first, and leaves the nearest k in the scratch's pool. A candidate whose code puts it, by more than its error, beyond the k-th is left out.</summary>
    /// <returns>How many.</returns>
    private int Rescore<TScorer, TDistance>(ref TScorer scorer, float* query, int count, int k, HnswScratch scratch, ref SearchStats stats)
        where TScorer : struct, IScorer
        where TDistance : IDistance
    {
        var candidates = scratch.Pool;
        var nearest = new CandidatePool(scratch.Rescored(k), k);
        var vectors = new FloatScorer<TDistance>(Rows, query);
        for (var i = 0; i < count; i++)
        {
            if (i + 1 < count)
                vectors.Prefetch(CandidateKey.Row(candidates[i + 1]));
            var row = CandidateKey.Row(candidates[i]);
            var distance = CandidateKey.Distance(candidates[i]);
            if (nearest.IsFull && distance - scorer.ErrorOf(row, distance) > CandidateKey.Distance(nearest.Bound))
                continue;
            var key = CandidateKey.Of(row, vectors.To(row));
            stats.Distances++;
            if (key < nearest.Bound)
                nearest.Insert(key);
        }

        for (var i = 0; i < nearest.Count; i++)
            candidates[i] = nearest[i];
        return nearest.Count;
    }

    /// <summary>What one search asks for. Without an entry point all <see cref="Chosen"/> rows below <see cref="ChosenCount"/> are compared, in place of a walk.</summary>
    private readonly ref struct WalkPlan<TFilter>(long entry, int k, int ef, TFilter filter, CancellationToken cancellation)
        where TFilter : struct, IRowFilter
    {
        public readonly long Entry = entry;
        public readonly int K = k;
        public readonly int Ef = ef;
        public readonly TFilter Filter = filter;
        public readonly CancellationToken Cancellation = cancellation;

        public ReadOnlySpan<ulong> Chosen { get; init; }

        public int ChosenCount { get; init; }

        /// <summary>A word of <see cref="Chosen"/>, without the rows that do not count.</summary>
        public ulong BitsOf(int word) => ChosenCount - (word * WordBits) is var left and < WordBits ? Chosen[word] & ((1UL << left) - 1) : Chosen[word];

        public long StepsMax { get; init; } = long.MaxValue;

        public int RescoreMax { get; init; } = HnswLimits.EfSearchMax;
    }
}
