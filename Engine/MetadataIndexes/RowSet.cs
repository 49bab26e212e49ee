namespace JadeVector.Engine.MetadataIndexes;

/// <summary>What an index knows of the rows that a filter matches: all of <see cref="Must"/>, none outside of <see cref="May"/>. Owns both; they are one object when it knows all.</summary>
internal sealed class RowSet : IDisposable
{
    private RowSet(RowBitmap must, RowBitmap may)
    {
        Must = must;
        May = may;
    }

    public RowBitmap Must { get; private set; }

    public RowBitmap May { get; private set; }

    public bool IsExact => ReferenceEquals(Must, May);

    /// <summary>Exactly these rows; takes them over.</summary>
    public static RowSet Exactly(RowBitmap rows) => new(rows, rows);

    /// <summary>Nothing is known.</summary>
    public static RowSet Unknown(int rowCount) => new(RowBitmap.Empty(rowCount), RowBitmap.Full(rowCount));

    /// <summary>These rows for certain, and perhaps others; takes both over.</summary>
    public static RowSet Between(RowBitmap must, RowBitmap may) => new(must, may);

    /// <summary>Both must hold.</summary>
    public void Keep(RowSet other)
    {
        if (!other.IsExact)
            Part();
        Must.Keep(other.Must);
        if (!IsExact)
            May.Keep(other.May);
    }

    /// <summary>One of both must hold.</summary>
    public void Add(RowSet other)
    {
        if (!other.IsExact)
            Part();
        Must.Add(other.Must);
        if (!IsExact)
            May.Add(other.May);
    }

    public void Invert()
    {
        if (!IsExact)
            (Must, May) = (May, Must);
        Must.Invert();
        if (!IsExact)
            May.Invert();
    }

    /// <summary>More would have to hold, and it is not known where.</summary>
    public void Doubt()
    {
        if (!IsExact)
            Must.Dispose();
        Must = RowBitmap.Empty(May.RowCount);
    }

    /// <summary>Gives the rows for certain to the caller, and lets go of the others.</summary>
    public RowBitmap TakeMust()
    {
        if (!IsExact)
            May.Dispose();
        return Must;
    }

    public void Dispose()
    {
        if (!IsExact)
            May.Dispose();
        Must.Dispose();
    }

    private void Part()
    {
        if (IsExact)
            May = Must.Copy();
    }
}
