namespace JadeVector.Engine.Distance;

/// <summary>Which rows a search may return. Implemented by a struct and passed as a type argument, so that the call inlines.</summary>
public interface IRowFilter
{
    /// <summary>Whether <paramref name="row"/> may be returned; asked once for each row that is reached, in any order.</summary>
    bool Includes(int row);
}

/// <summary>Every row may be returned; searches leave the question out.</summary>
public readonly struct AllRows : IRowFilter
{
    public bool Includes(int row) => true;
}
