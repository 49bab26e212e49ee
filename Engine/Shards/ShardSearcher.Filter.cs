using System.Buffers;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Flat;
using JadeVector.Engine.MetadataIndexes;

namespace JadeVector.Engine.Shards;

// With a filter: the metadata indexes of a part say first whether anything can match, then which rows do. Few of those are compared one by
// one, which is exact. Through many the graph is walked, unless so few of its nodes match that the walk would pass more of them than there are matches.
internal ref partial struct ShardSearcher
{
    /// <summary>Nodes that a walk passes per row of its candidate list.</summary>
    private const int NodesPerCandidate = 8;

    public readonly FilterExplain FilterExplain => new((long)Math.Round(_estimatedRows), _matchedRows);

    private readonly string FilteredStrategy => this switch
    {
        { _matchedRows: 0 } => SearchStrategies.FilteredNone,
        { _walked: true } => SearchStrategies.FilteredGraph,
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
        if (part.Graph is not null)
            _tailRows += matches.RowCount - linked;
        var visible = part.VisibleAt(_view.Sequence);
        if (!ShouldWalk(part, linked, count) || !TryWalkMatches(index, part, linked, new MatchingRows(visible, matches)))
        {
            ScanMatches(index, matches, 0, visible);
            return;
        }

        _walked = true;
        ScanMatches(index, matches, linked, visible);
    }

    /// <summary>Whether a walk to the nearest matches passes fewer nodes than there are matches: of those it passes, only so many match.</summary>
    private readonly bool ShouldWalk(Part part, int linked, int matches) =>
        part.Graph is not null && !_query.Exact && (double)matches * matches > (double)NodesPerCandidate * Math.Max(_ef, _k) * linked;

    private void ScanMatches(int index, RowBitmap matches, int first, VisibleRows visible)
    {
        var nearest = new PartHits(_hits, index);
        BitmapScan.Search(_view.Set.Parts[index].Rows, _config.Metric, matches.Words, first, _values, visible, ref nearest, ref _stats, _cancellation);
    }

    /// <summary>Walks the graph for matches. False: it cannot be relied on to have found the nearest k.</summary>
    private bool TryWalkMatches(int index, Part part, int linked, MatchingRows matches)
    {
        var results = ArrayPool<RowDistance>.Shared.Rent(_k);
        try
        {
            var found = Walk(part, matches, results);
            if (found < _k)
                return false;
            foreach (var (row, distance) in results.AsSpan(0, found))
            {
                if (row < linked)
                    _hits.Offer(index, row, distance); // later ones, linked meanwhile, are in the tail
            }

            return true;
        }
        finally
        {
            ArrayPool<RowDistance>.Shared.Return(results);
        }
    }
}
