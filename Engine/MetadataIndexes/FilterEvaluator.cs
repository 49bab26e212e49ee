using JadeVector.Engine.Filters;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.MetadataIndexes;

// A filter becomes a set of rows in two steps. From the index comes what it can tell: rows that match for certain, and rows that may (RowSet;
// connectives combine both, a negation exchanges them). Then the rows between the two are asked one by one, by the filter itself. So the
// answer is that of Filter.Matches for every row, whatever the index leaves out, and an index that leaves out nothing asks no row.

/// <summary>Answers filters for some rows of a part from their metadata index.</summary>
/// <param name="index">Over rows <paramref name="first"/> to first + its count of the part; here they are numbered from 0.</param>
/// <param name="part">Where the rows themselves are.</param>
/// <param name="first">The first of them.</param>
internal sealed partial class FilterEvaluator(MetadataIndex index, Part part, int first)
{
    /// <summary>Entries of an index that are put together in the time in which one row's metadata is tested.</summary>
    private const int EntriesPerTest = 256;

    private const int RowsPerCheck = 1_024;

    /// <summary>The rows that the filter matches, for whoever disposes of them.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public RowBitmap Evaluate(Filter filter, CancellationToken cancellation)
    {
        using var unread = RowBitmap.Empty(index.RowCount);
        index.AddRows(index.Unread, unread);
        var rows = Evaluate(filter.Root, cancellation);
        try
        {
            rows.Must.Remove(unread);
            Ask(filter, rows, unread, cancellation);
        }
        catch
        {
            rows.Dispose();
            throw;
        }

        return rows.TakeMust();
    }

    private void Ask(Filter filter, RowSet rows, RowBitmap unread, CancellationToken cancellation)
    {
        if (rows.IsExact && index.Unread.Count == 0)
            return;
        using var open = rows.May.Copy();
        open.Add(unread);
        open.Remove(rows.Must);
        var asked = 0;
        foreach (var row in open)
        {
            if (asked++ % RowsPerCheck == 0)
                cancellation.ThrowIfCancellationRequested();
            if (filter.Matches(part.Metadata(first + row), part.Id(first + row)))
                rows.Must.Add(row);
        }
    }

    private RowSet Evaluate(FilterNode node, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        switch (node)
        {
            case AllOf all:
                return EvaluateAll(all.Parts, cancellation);
            case AnyOf any:
                return EvaluateAny(any.Parts, cancellation);
            case NotOf not:
                var inside = Evaluate(not.Part, cancellation);
                inside.Invert();
                return inside;
            case FieldCondition condition:
                return EvaluateField(condition, cancellation);
            case IdCondition condition:
                return EvaluateId(condition.Test);
            default:
                return RowSet.Unknown(index.RowCount);
        }
    }

    private RowSet EvaluateAll(FilterNode[] parts, CancellationToken cancellation)
    {
        if (parts.Length == 0)
            return RowSet.Exactly(RowBitmap.Full(index.RowCount));
        var estimates = Array.ConvertAll(parts, Estimate);
        var order = parts.ToArray();
        Array.Sort(estimates, order, Comparer<RowEstimate>.Create(static (a, b) => a.Likely.CompareTo(b.Likely)));
        var result = Evaluate(order[0], cancellation);
        for (var i = 1; i < order.Length; i++)
        {
            var left = (long)result.May.Count();
            if (left == 0)
                break;
            if (left * EntriesPerTest < estimates[i].AtMost)
            {
                // So few that asking them costs less than finding out about all rows.
                result.Doubt();
                break;
            }

            using var other = Evaluate(order[i], cancellation);
            result.Keep(other);
        }

        return result;
    }

    private RowSet EvaluateAny(FilterNode[] parts, CancellationToken cancellation)
    {
        var result = RowSet.Exactly(RowBitmap.Empty(index.RowCount));
        foreach (var each in parts)
        {
            using var other = Evaluate(each, cancellation);
            result.Add(other);
        }

        return result;
    }

    private RowSet EvaluateField(FieldCondition condition, CancellationToken cancellation)
    {
        if (index.Find(condition.Path) is not { } field)
            return index.HasOtherFields ? RowSet.Unknown(index.RowCount) : RowSet.Exactly(RowBitmap.Empty(index.RowCount));
        var rows = RowBitmap.Empty(index.RowCount);
        if (condition.Test.NeedsOnlyPresence)
        {
            index.AddRows(field.Present, rows);
            return RowSet.Exactly(rows);
        }

        AddRows(field.PlainColumn, condition.Test, insideArray: false, rows, cancellation);
        AddRows(field.ElementColumn, condition.Test, insideArray: true, rows, cancellation);
        if (field.Partial.Count == 0 || !MayPassLeftOut(condition.Test, field))
            return RowSet.Exactly(rows);
        var may = rows.Copy();
        index.AddRows(field.Partial, may);
        return RowSet.Between(rows, may);
    }

    private void AddRows(long columnPosition, ValueTest test, bool insideArray, RowBitmap rows, CancellationToken cancellation)
    {
        if (columnPosition == 0)
            return;
        var column = index.ColumnAt(columnPosition);
        if (RangesOf(test, column, insideArray) is { } ranges)
        {
            foreach (var (begin, end) in ranges)
                column.AddRows(begin, end, rows);
            return;
        }

        for (var value = 0; value < column.ValueCount; value++)
        {
            if (value % RowsPerCheck == 0)
                cancellation.ThrowIfCancellationRequested();
            if (test.Passes(column[value], insideArray))
                column.AddRows(value, value + 1, rows);
        }
    }

    /// <summary>The values that pass a test, as ranges in order; null when each must be asked.</summary>
    private static IEnumerable<(int First, int End)>? RangesOf(ValueTest test, Column column, bool insideArray) => test switch
    {
        IsEqualTo equal => [Equal(column, equal.Constant)],
        Contains contains when insideArray => [Equal(column, contains.Constant)],
        IsOneOf oneOf => EqualToAny(column, oneOf.Constants),
        IsWithin within => [column.Within(within.Bound, Scalar.Of(within.Limit))],
        _ => null,
    };

    private static (int First, int End) Equal(Column column, in Constant constant)
    {
        var scalar = Scalar.Of(constant);
        return (column.Find(scalar, after: false), column.Find(scalar, after: true));
    }

    private static List<(int First, int End)> EqualToAny(Column column, ReadOnlySpan<Constant> constants)
    {
        var ranges = new List<(int First, int End)>(constants.Length);
        foreach (ref readonly var constant in constants)
        {
            // Equal constants, 1 and 1.0, find the same values; the list is in order.
            if (Equal(column, constant) is var range && range.First < range.End && (ranges.Count == 0 || ranges[^1] != range))
                ranges.Add(range);
        }

        return ranges;
    }

    /// <summary>Whether a string that is not in the columns may pass: not when it is asked for by a short one, unless short ones are missing too.</summary>
    private static bool MayPassLeftOut(ValueTest test, in FieldEntry field) => test switch
    {
        IsEqualTo equal => field.IsFull != 0 || equal.Constant.Text.Length > MetadataIndexLimits.TextBytesMax,
        IsOneOf oneOf => field.IsFull != 0 || AnyIsLong(oneOf.Constants),
        IsWithin within => within.Limit.Kind is ScalarKind.Text,
        _ => true,
    };

    private static bool AnyIsLong(ReadOnlySpan<Constant> constants)
    {
        foreach (ref readonly var constant in constants)
        {
            if (constant.Text.Length > MetadataIndexLimits.TextBytesMax)
                return true;
        }

        return false;
    }

    private RowSet EvaluateId(ValueTest test)
    {
        if (test.NeedsOnlyPresence)
            return RowSet.Exactly(RowBitmap.Full(index.RowCount));
        if (test is not (IsEqualTo or IsOneOf))
            return RowSet.Unknown(index.RowCount);
        var rows = RowBitmap.Empty(index.RowCount);
        if (test is IsEqualTo equal)
            AddRowsOfId(equal.Constant, rows);
        else
        {
            foreach (ref readonly var constant in ((IsOneOf)test).Constants)
                AddRowsOfId(constant, rows);
        }

        return RowSet.Exactly(rows);
    }

    private void AddRowsOfId(in Constant constant, RowBitmap rows)
    {
        if (constant.Kind is not ScalarKind.Text || constant.Text.Length is 0 or > ShardLimits.IdBytesMax)
            return;
        for (var row = part.FindLatest(ShardRanges.HashOf(constant.Text), constant.Text); row >= first; row = part.Places[row].PreviousRow)
        {
            if (row - first < index.RowCount)
                rows.Add(row - first);
        }
    }
}
