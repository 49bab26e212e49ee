using JadeVector.Engine.Filters;

namespace JadeVector.Engine.MetadataIndexes;

internal sealed partial class FilterEvaluator
{
    /// <summary>How many rows the filter matches, from the counts in the index alone.</summary>
    public RowEstimate Estimate(Filter filter) => RowEstimate.Sum(Estimate(filter.Root), new RowEstimate(index.Unread.Count, 0));

    private RowEstimate Estimate(FilterNode node)
    {
        var all = RowEstimate.Exactly(index.RowCount);
        switch (node)
        {
            case AllOf every:
                return every.Parts.Aggregate(all, (sum, each) => RowEstimate.Both(sum, Estimate(each), index.RowCount));
            case AnyOf any:
                return any.Parts.Aggregate(RowEstimate.Exactly(0), (sum, each) => RowEstimate.Either(sum, Estimate(each), index.RowCount));
            case NotOf not:
                return new RowEstimate(index.RowCount, index.RowCount - Estimate(not.Part).Likely);
            case FieldCondition condition:
                return EstimateField(condition);
            case IdCondition { Test: IsEqualTo }:
                return RowEstimate.Exactly(Math.Min(1, index.RowCount));
            case IdCondition { Test: IsOneOf oneOf }:
                return RowEstimate.Exactly(Math.Min(oneOf.Constants.Length, index.RowCount));
            default:
                return all;
        }
    }

    private RowEstimate EstimateField(FieldCondition condition)
    {
        if (index.Find(condition.Path) is not { } field)
            return RowEstimate.Exactly(index.HasOtherFields ? index.RowCount : 0);
        if (condition.Test.NeedsOnlyPresence)
            return RowEstimate.Exactly(field.Present.Count);
        var entries = EntryCount(field.PlainColumn, condition.Test, insideArray: false) + EntryCount(field.ElementColumn, condition.Test, insideArray: true);
        var leftOut = MayPassLeftOut(condition.Test, field) ? field.Partial.Count : 0;
        return RowEstimate.Exactly(Math.Min(entries + leftOut, index.RowCount));
    }

    /// <summary>Entries whose values pass, or of all strings where each would have to be asked.</summary>
    private long EntryCount(long columnPosition, ValueTest test, bool insideArray)
    {
        if (columnPosition == 0)
            return 0;
        var column = index.ColumnAt(columnPosition);
        if (RangesOf(test, column, insideArray) is not { } ranges)
            return column.EntryCount(column.FirstText, column.ValueCount);
        return ranges.Sum(range => (long)column.EntryCount(range.First, range.End));
    }
}
