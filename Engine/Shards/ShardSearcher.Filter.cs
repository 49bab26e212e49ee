using System.Buffers;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Ivf;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.MetadataIndexes;
using JadeVector.Engine.Segments;

namespace JadeVector.Engine.Shards;

// With a filter: the metadata indexes of a part say first whether anything can match, then which rows do. Few of those are compared by their vectors,
// which is exact; more of them by code first, where the graph has bytes. The graph is walked when that promises to cost at most half of it, and the walk
// is given up when it has cost half: the matches then lie away from the query, and all are compared after all.
internal ref partial struct ShardSearcher
{
    /// <summary>Nodes that a walk passes per row of its candidate list.</summary>
    private const int NodesPerCandidate = 8;

    /// <summary>A walk must promise to cost at most one part in so many of comparing all matches.</summary>
    private const int WalkGain = 2;

    /// <summary>Cells or tables must promise to look at one match in so many at most.</summary>
    private const int IndexGain = 2;

    /// <summary>Matches for each result up to which all are compared by their vectors.</summary>
    private const int ComparedPerResult = 8;

    /// <summary>Rows for each result whose vectors may be compared after all were by code, at least; so many only where codes do not tell them apart.</summary>
    private const int CandidatesPerResult = 32;

    public readonly FilterExplain FilterExplain => new((long)Math.Round(_estimatedRows), _matchedRows);

    private readonly string FilteredStrategy => this switch
    {
        { _matchedRows: 0 } => SearchStrategies.FilteredNone,
        { _usedIndex: true } => _config.Index switch
        {
            ShardIndexKind.Ivf => SearchStrategies.FilteredCells,
            ShardIndexKind.Lsh => SearchStrategies.FilteredTables,
            _ => SearchStrategies.FilteredGraph,
        },
        { _comparedCodes: true } => SearchStrategies.FilteredCodes,
        _ => SearchStrategies.FilteredExact,
    };

    private void SearchMatches(int index, Filter filter)
    {
        var part = _view.Set.Parts[index];
        // Before the count of all rows: what is linked is counted already.
        var linked = part.LinkedCount;
        var estimate = PartFilter.Estimate(part, filter);
        _estimatedRows += estimate.Likely;
        if (estimate.AtMost == 0)
            return;
        using var matches = PartFilter.Evaluate(part, filter, _cancellation);
        var count = matches.Count();
        _matchedRows += count;
        if (count == 0)
            return;
        if (_config.Index is not ShardIndexKind.Flat)
            _tailRows += matches.RowCount - linked;
        var visible = part.VisibleAt(_view.Sequence);
        if (part.SegmentIndex is { } cells && !_query.Exact && ProbesFor(cells, count) is { } probes)
        {
            SearchSegmentIndex(index, cells, probes, new MatchingRows(visible, matches));
            return;
        }

        // What is scanned by its vectors begins behind what was found in other ways.
        var first = part.Graph is { } graph && !_query.Exact && SearchGraph(index, graph, linked, matches, count, visible) ? linked : 0;
        ScanMatches(index, matches, first, visible);
    }

    /// <summary>
    /// As many more probes as there are fewer rows that match, so that as many matches are looked at as rows without a filter; null where comparing
    /// all matches costs no more.
    /// </summary>
    private readonly int? ProbesFor(ISegmentIndex cells, int count)
    {
        var probes = (int)Math.Min(IvfLimits.ProbesMax, Math.Ceiling((double)_probes * cells.Count / count));
        return cells.RowsLookedAt(probes) < cells.Count && count > IndexGain * cells.RowsLookedAt(_probes) ? probes : null;
    }

    /// <summary>Searches the linked rows of a part by a walk or by their codes. False: neither promises anything.</summary>
    private bool SearchGraph(int index, HnswGraph graph, int linked, RowBitmap matches, int count, VisibleRows visible)
    {
        var stepsMax = count / (WalkGain * graph.ScanRowsPerStep);
        var candidates = Math.Min(Math.Max(_ef, CandidatesPerResult * _k), HnswLimits.EfSearchMax);
        // Of the nodes that a walk passes only so many match.
        var walks = (double)count * stepsMax > (double)NodesPerCandidate * Math.Max(_ef, _k) * linked;
        var compares = graph.ComparesChosen && count > Math.Max(_ef, ComparedPerResult * _k);
        if (!walks && !compares)
            return false;
        var results = ArrayPool<RowDistance>.Shared.Rent(_k);
        // Not returned when the search is cancelled: what it holds is then of no known state.
        var scratch = _scratches.Rent();
        var filter = new MatchingRows(visible, matches);
        var found = walks ? graph.Search(_values, _k, _ef, filter, scratch, results, ref _stats, _cancellation, RescoreMax, stepsMax) : 0;
        _usedIndex |= found == _k;
        if (found < _k && compares)
        {
            found = graph.SearchChosen(_values, _k, candidates, matches.Words, linked, visible, scratch, results, ref _stats, _cancellation);
            _comparedCodes = true;
        }
        else if (found < _k)
        {
            found = 0;
        }

        _scratches.Return(scratch);
        OfferLinked(index, results.AsSpan(0, found), linked);

        ArrayPool<RowDistance>.Shared.Return(results);
        return found == _k || compares;
    }

    private void ScanMatches(int index, RowBitmap matches, int first, VisibleRows visible)
    {
        var nearest = new PartHits(_hits, index);
        BitmapScan.Search(_view.Set.Parts[index].Rows, _config.Metric, matches.Words, first, _values, visible, ref nearest, ref _stats, _cancellation);
    }
}
