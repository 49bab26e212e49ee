namespace JadeVector.Engine.Memory;

/// <summary>Rows in memory that someone else owns and keeps for longer than this, such as a mapped segment; nothing is copied.</summary>
public sealed unsafe class MappedVectorRows : VectorRows, IDisposable
{
    /// <summary>Rows that lie one behind the other.</summary>
    /// <param name="first">The first component of row 0; on a 64-byte boundary for full speed, on a 4-byte boundary in any case.</param>
    /// <param name="count">Rows, 0 or more.</param>
    /// <param name="dimension">Components of every vector.</param>
    /// <param name="strideFloats">Floats from one row to the next, at least <paramref name="dimension"/>.</param>
    public MappedVectorRows(float* first, int count, int dimension, int strideFloats)
        : base(dimension, new StridedChunks((byte*)first, checked(strideFloats * sizeof(float))))
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(strideFloats, dimension);
        Count = count;
    }

    public override int Count { get; }

    public override long MemoryBytes => 0;

    /// <summary>Frees this object's own few bytes; the rows belong to someone else.</summary>
    public void Dispose() => Chunks.Dispose();
}
