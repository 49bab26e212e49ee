using JadeVector.Engine.Filters;
using JadeVector.Engine.MetadataIndexes;

namespace JadeVector.Engine.Shards;

/// <summary>Answers filters for a whole part: from its metadata indexes, and row by row behind them.</summary>
internal static class PartFilter
{
    private const int RowsPerCheck = 1_024;

    /// <summary>How many rows the filter matches, deleted ones too, from what the indexes count.</summary>
    public static RowEstimate Estimate(Part part, Filter filter)
    {
        var estimate = RowEstimate.Exactly(0);
        var indexed = 0;
        foreach (var block in part.MetadataIndexes)
        {
            estimate = RowEstimate.Sum(estimate, new FilterEvaluator(block.Index, part, block.First).Estimate(filter));
            indexed = block.End;
        }

        return RowEstimate.Sum(estimate, RowEstimate.Exactly(part.Count - indexed));
    }

    /// <summary>The rows that the filter matches, whether they are visible or not, for whoever disposes of them.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RowBitmap Evaluate(Part part, Filter filter, CancellationToken cancellation)
    {
        var blocks = part.MetadataIndexes;
        // After the blocks, which hold only rows that are counted.
        var count = part.Count;
        if (blocks is [var only] && only.End == count)
            return new FilterEvaluator(only.Index, part, only.First).Evaluate(filter, cancellation);
        var rows = RowBitmap.Empty(count);
        try
        {
            var indexed = 0;
            foreach (var block in blocks)
            {
                using var matches = new FilterEvaluator(block.Index, part, block.First).Evaluate(filter, cancellation);
                rows.Add(matches.Words, block.First / RowBitmap.WordBits);
                indexed = block.End;
            }

            for (var row = indexed; row < count; row++)
            {
                if (row % RowsPerCheck == 0)
                    cancellation.ThrowIfCancellationRequested();
                if (filter.Matches(part.Metadata(row), part.Id(row)))
                    rows.Add(row);
            }
        }
        catch
        {
            rows.Dispose();
            throw;
        }

        return rows;
    }
}
