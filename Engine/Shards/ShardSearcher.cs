using System.Buffers;
using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Ivf;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Segments;

namespace JadeVector.Engine.Shards;

/// <summary>One search over the parts of one view.</summary>
/// <remarks>
/// The linked rows of a part are searched through its graph, unless they are fewer than <see cref="ScanFactor"/> candidate lists, which a scan
/// passes sooner than a walk; rows that are not linked yet are always scanned. A walk that finds fewer than k rows proves nothing, so the part
/// is then scanned: as many results come back as there are visible rows, up to k. Cells and hash tables are of segments, and find k rows where there are so many. With a filter it is the same for the rows that it matches
/// (ShardSearcher.Filter.cs).
/// </remarks>
internal ref partial struct ShardSearcher
{
    public const int ScanFactor = 4;

    private readonly ShardView _view;
    private readonly ShardConfig _config;
    private readonly ShardQuery _query;
    private readonly ScratchPool<HnswScratch> _scratches;
    private readonly CancellationToken _cancellation;
    private readonly ReadOnlySpan<float> _values;
    private readonly int _k;
    private readonly int _ef;
    private readonly int _probes;
    private readonly HitHeap _hits;
    private SearchStats _stats;
    private long _tailRows;
    private bool _usedIndex;
    private bool _comparedCodes;
    private double _estimatedRows;
    private long _matchedRows;

    /// <param name="room">For a query of cosine: as many components as it has, in use until the search has ended. Else nothing.</param>
    public ShardSearcher(
        ShardView view, ShardConfig config, ShardQuery query, Span<float> room, ScratchPool<HnswScratch> scratches, CancellationToken cancellation)
    {
        _view = view;
        _config = config;
        _query = query;
        _scratches = scratches;
        _cancellation = cancellation;
        _values = Values(query, config, room);
        // No more results than live rows: a k of thousands costs nothing where there are ten.
        _k = (int)Math.Min(query.TopK, Math.Max(1, view.LiveCount));
        _ef = query.EfSearch ?? config.EfSearch;
        _probes = query.Probes ?? config.Probes;
        _hits = new HitHeap(view.Set.Parts, _k);
    }

    public static void Check(ShardQuery query, ShardConfig config)
    {
        VectorValues.Check(query.Query.Span, config, "query");
        if (query.TopK is < ShardLimits.TopKMin or > ShardLimits.TopKMax)
            throw new RefusalException(RefusalCodes.LimitExceeded, $"topK: {ShardLimits.TopKMin} to {ShardLimits.TopKMax}, not {query.TopK}.");
        if (query.EfSearch is < HnswLimits.EfSearchMin or > HnswLimits.EfSearchMax)
            throw new RefusalException(RefusalCodes.LimitExceeded, $"efSearch: {HnswLimits.EfSearchMin} to {HnswLimits.EfSearchMax}, not {query.EfSearch}.");
        if (query.Probes is < IvfLimits.ProbesMin or > IvfLimits.ProbesMax)
            throw new RefusalException(RefusalCodes.LimitExceeded, $"nprobe: {IvfLimits.ProbesMin} to {IvfLimits.ProbesMax}, not {query.Probes}.");
        if (query.Rescore is < IvfLimits.RescoreMin or > IvfLimits.RescoreMax)
            throw new RefusalException(RefusalCodes.LimitExceeded, $"rescore: {IvfLimits.RescoreMin} to {IvfLimits.RescoreMax}, not {query.Rescore}.");
        if (query.Threshold is { } threshold && float.IsNaN(threshold))
            throw new RefusalException(RefusalCodes.NotFinite, "threshold: not a number.");
    }

    /// <summary>Candidates of a graph's walk on codes whose vectors are compared.</summary>
    private readonly int RescoreMax => (int)Math.Min(HnswLimits.EfSearchMax, _query.Rescore * (long)_k ?? HnswLimits.EfSearchMax);

    public readonly int EfSearch => _config.Index is ShardIndexKind.Ivf or ShardIndexKind.Lsh ? 0 : _ef;

    public readonly int Probes => _config.Index is ShardIndexKind.Ivf or ShardIndexKind.Lsh ? _probes : 0;

    public readonly long DistancesComputed => _stats.Distances;

    public readonly long TailRows => _tailRows;

    public readonly string Strategy => this switch
    {
        { _view.LiveCount: 0 } => SearchStrategies.Empty,
        { _query.Filter: not null } => FilteredStrategy,
        { _usedIndex: false } => SearchStrategies.Exact,
        _ => (_config.Index, _tailRows > 0) switch
        {
            (ShardIndexKind.Ivf, false) => SearchStrategies.Cells,
            (ShardIndexKind.Ivf, true) => SearchStrategies.CellsAndTail,
            (ShardIndexKind.Lsh, false) => SearchStrategies.Tables,
            (ShardIndexKind.Lsh, true) => SearchStrategies.TablesAndTail,
            (_, true) => SearchStrategies.GraphAndTail,
            _ => SearchStrategies.Graph,
        },
    };

    /// <summary>The nearest rows, nearest first, then by id.</summary>
    public ReadOnlySpan<Hit> Run()
    {
        var parts = _view.Set.Parts;
        for (var i = 0; i < parts.Length && _view.LiveCount > 0; i++)
        {
            parts[i].EnsureSearchable(_cancellation);
            if (_query.Filter is { } filter)
                SearchMatches(i, filter);
            else
                SearchPart(i);
        }

        return _hits.Items;
    }

    /// <summary>The query where it is, or, for cosine, scaled to unit length in the room given for it.</summary>
    private static ReadOnlySpan<float> Values(ShardQuery query, ShardConfig config, Span<float> room)
    {
        var given = MemoryMarshal.Cast<byte, float>(query.Query.Span);
        if (config.Metric is not Metric.Cosine)
            return given;
        given.CopyTo(room);
        DistanceKernels.Normalize(room);
        return room;
    }

    private void SearchPart(int index)
    {
        var part = _view.Set.Parts[index];
        var visible = part.VisibleAt(_view.Sequence);
        if (part.SegmentIndex is { } cells && !_query.Exact && cells.RowsLookedAt(_probes) < part.Count)
        {
            SearchSegmentIndex(index, cells, _probes, visible);
            return;
        }

        // Before the count of all rows: what is linked is counted already, and the tail is what is left.
        var linked = part.LinkedCount;
        var count = part.Count;
        var walk = part.Graph is not null && !_query.Exact && linked > (long)ScanFactor * Math.Max(_ef, _k);
        if (walk && TryWalk(index, part, linked, visible))
        {
            _usedIndex = true;
            _tailRows += count - linked;
            Scan(index, linked, count - linked, visible);
        }
        else
        {
            _tailRows += _config.Index is ShardIndexKind.Flat ? 0 : count - linked;
            Scan(index, 0, count, visible);
        }
    }

    private void SearchSegmentIndex<TFilter>(int index, ISegmentIndex cells, int probes, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        var results = ArrayPool<RowDistance>.Shared.Rent(_k);
        try
        {
            var found = cells.Search(_values, _k, probes, _query.Rescore ?? IvfLimits.RescoreDefault, filter, results, ref _stats, _cancellation);
            OfferLinked(index, results.AsSpan(0, found), cells.Count);
            _usedIndex = true;
        }
        finally
        {
            ArrayPool<RowDistance>.Shared.Return(results);
        }
    }

    private void Scan<TFilter>(int index, int first, int count, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        var nearest = new PartHits(_hits, index);
        FlatScan.Search(_view.Set.Parts[index].Rows, _config.Metric, first, count, _values, filter, ref nearest, ref _stats, _cancellation);
    }

    /// <summary>Searches the graph of a part. False: it cannot be relied on to have found k visible rows.</summary>
    private bool TryWalk(int index, Part part, int linked, VisibleRows visible)
    {
        var results = ArrayPool<RowDistance>.Shared.Rent(_k);
        try
        {
            // While a part has no deletes its graph needs no questions; a row that was written after this view began shows afterwards.
            var found = part.DeletedCount == 0 ? Walk(part, new AllRows(), results) : -1;
            if (found < 0 || !AllVisible(results.AsSpan(0, found), visible))
                found = Walk(part, visible, results);
            if (found < _k)
                return false;
            OfferLinked(index, results.AsSpan(0, found), linked);

            return true;
        }
        finally
        {
            ArrayPool<RowDistance>.Shared.Return(results);
        }
    }

    /// <summary>Rows that were linked after this search began are in the tail, which is scanned.</summary>
    private void OfferLinked(int index, ReadOnlySpan<RowDistance> found, int linked)
    {
        foreach (var (row, distance) in found)
        {
            if (row < linked)
                _hits.Offer(index, row, distance);
        }
    }

    private int Walk<TFilter>(Part part, TFilter filter, RowDistance[] results)
        where TFilter : struct, IRowFilter
    {
        var scratch = _scratches.Rent();
        var found = part.Graph!.Search(_values, _k, _ef, filter, scratch, results, ref _stats, _cancellation, RescoreMax);
        // Not returned when the search is cancelled: what it holds is then of no known state.
        _scratches.Return(scratch);
        return found;
    }

    private static bool AllVisible(ReadOnlySpan<RowDistance> results, VisibleRows visible)
    {
        foreach (var (row, _) in results)
        {
            if (!visible.Includes(row))
                return false;
        }

        return true;
    }
}
