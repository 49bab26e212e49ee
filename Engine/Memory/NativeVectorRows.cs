namespace JadeVector.Engine.Memory;

/// <summary>Rows that grow at the end, in native memory. Every row starts on a 64-byte boundary and is padded with zeros to a multiple of 64 bytes.</summary>
/// <remarks>One thread at a time appends; readers need no lock. The owner disposes of it when no reader is left; there is no finaliser.</remarks>
public sealed unsafe class NativeVectorRows : VectorRows, IDisposable
{
    private int _count;

    /// <summary>No rows yet.</summary>
    /// <param name="dimension">Components of every vector, at least 1.</param>
    public NativeVectorRows(int dimension)
        : base(dimension, new StridedChunks(StrideBytesFor(dimension)))
    {
    }

    public override int Count => Volatile.Read(ref _count);

    public override long MemoryBytes => (long)Count * Chunks.StrideBytes;

    /// <summary>Copies a vector in, publishes it, and returns its row number: the count before.</summary>
    /// <param name="values">Shape [dimension].</param>
    /// <exception cref="ArgumentException">The number of components is another.</exception>
    public int Append(ReadOnlySpan<float> values)
    {
        if (values.Length != Dimension)
            throw new ArgumentException($"Expected {Dimension} components, got {values.Length}.", nameof(values));
        var row = _count;
        Chunks.EnsureCount(row + 1);
        values.CopyTo(new Span<float>(Chunks.At(row), Dimension));
        Volatile.Write(ref _count, row + 1);
        return row;
    }

    public void Dispose()
    {
        Volatile.Write(ref _count, 0);
        Chunks.Dispose();
    }

    private static int StrideBytesFor(int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        return checked((dimension * sizeof(float)) + StridedChunks.Alignment - 1) & ~(StridedChunks.Alignment - 1);
    }
}
