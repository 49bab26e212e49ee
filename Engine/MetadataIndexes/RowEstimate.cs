namespace JadeVector.Engine.MetadataIndexes;

/// <summary>How many rows a filter matches, before any of them is named: from the counts in an index, as if conditions had nothing to do with each other.</summary>
/// <param name="AtMost">No more than these, for certain.</param>
/// <param name="Likely">0 to AtMost.</param>
internal readonly record struct RowEstimate(long AtMost, double Likely)
{
    public static RowEstimate Exactly(long rows) => new(rows, rows);

    public static RowEstimate Both(RowEstimate a, RowEstimate b, int rowCount) =>
        Of(Math.Min(a.AtMost, b.AtMost), rowCount == 0 ? 0 : a.Likely * b.Likely / rowCount);

    public static RowEstimate Either(RowEstimate a, RowEstimate b, int rowCount) =>
        Of(Math.Min(a.AtMost + b.AtMost, rowCount), rowCount == 0 ? 0 : a.Likely + b.Likely - (a.Likely * b.Likely / rowCount));

    public static RowEstimate Sum(RowEstimate a, RowEstimate b) => new(a.AtMost + b.AtMost, a.Likely + b.Likely);

    private static RowEstimate Of(long atMost, double likely) => new(atMost, Math.Min(likely, atMost));
}
