using System.Buffers;

namespace JadeVector.Engine.Shards;

public sealed partial class Shard
{
    /// <summary>Finds the nearest vectors. CPU work: run it on the search lane. Never waits for writers.</summary>
    /// <exception cref="RefusalException"><c>wrong_dimension</c>, <c>not_finite</c>, <c>invalid_argument</c>, <c>limit_exceeded</c>, <c>deadline_exceeded</c>, <c>loading</c>, <c>shard_damaged</c>.</exception>
    public SearchOutcome Search(ShardQuery query, CancellationToken cancellation)
    {
        ShardSearcher.Check(query, Config);
        if (query.Deadline is not { } deadline)
            return SearchUntil(query, cancellation);
        var patience = Patience(deadline);
        if (patience <= TimeSpan.Zero)
            throw TooLate();
        using var late = new CancellationTokenSource(patience, _context.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            return SearchUntil(query, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw TooLate();
        }
    }

    private SearchOutcome SearchUntil(ShardQuery query, CancellationToken cancellation)
    {
        var beganAt = _context.Clock.GetTimestamp();
        var room = Config.Metric is Distance.Metric.Cosine ? ArrayPool<float>.Shared.Rent(Config.Dimension) : null;
        var view = Enter(); // after the room: what throws here must not hold a view
        try
        {
            var searcher = new ShardSearcher(view, Config, query, room.AsSpan(0, room is null ? 0 : Config.Dimension), _scratches, cancellation);
            var hits = ToRows(view.Set.Parts, searcher.Run(), query);
            var explain = new SearchExplain(
                searcher.Strategy,
                searcher.DistancesComputed,
                searcher.TailRows,
                view.LiveCount,
                searcher.EfSearch,
                searcher.Probes,
                view.Set.Parts.Length - 1,
                view.Sequence,
                _context.Clock.GetElapsedTime(beganAt),
                query.Filter is null ? null : searcher.FilterExplain);
            return new SearchOutcome(hits, explain);
        }
        finally
        {
            view.Set.Release();
            if (room is not null)
                ArrayPool<float>.Shared.Return(room);
        }
    }

    private static RefusalException TooLate() => new(RefusalCodes.DeadlineExceeded, "The deadline passed before the search ended.");

    private List<SearchRow> ToRows(Part[] parts, ReadOnlySpan<Hit> hits, ShardQuery query)
    {
        var rows = new List<SearchRow>(hits.Length);
        foreach (var (distance, part, row) in hits)
        {
            var similarity = Distance.Scores.Similarity(Config.Metric, distance);
            if (similarity < query.Threshold)
                break; // nearest first: the rest is less similar still
            var vector = Copy(parts[part], row, query.IncludeValues, query.IncludeMetadata);
            rows.Add(new SearchRow(vector, similarity, Distance.Scores.PublicDistance(Config.Metric, distance)));
        }

        return rows;
    }
}
