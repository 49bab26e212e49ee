using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Memory;

/// <summary>Float32 vectors off the managed heap, addressed by row number. A row never moves.</summary>
/// <remarks>Rows 0 to <see cref="Count"/> - 1 may be read by any thread without a lock; they do not change.</remarks>
public abstract unsafe class VectorRows
{
    private protected StridedChunks Chunks;

    private protected VectorRows(int dimension, StridedChunks chunks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Dimension = dimension;
        Chunks = chunks;
    }

    /// <summary>Components of every vector.</summary>
    public int Dimension { get; }

    /// <summary>Rows that can be read.</summary>
    public abstract int Count { get; }

    /// <summary>Bytes that the rows take in memory of this process, padding included; 0 when a mapped file holds them.</summary>
    public abstract long MemoryBytes { get; }

    /// <summary>Floats from one row to the next, at least <see cref="Dimension"/>.</summary>
    public int StrideFloats => Chunks.StrideBytes / sizeof(float);

    /// <summary>The first of the <see cref="Dimension"/> components of <paramref name="row"/>, 0 to <see cref="Count"/> - 1; checked in debug builds only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int row)
    {
        Debug.Assert((uint)row < (uint)Count, "The row exists.");
        return (float*)Chunks.At(row);
    }

    /// <summary>The components of <paramref name="row"/>, for as long as this lives.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public ReadOnlySpan<float> this[int row]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(row);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
            return new ReadOnlySpan<float>(Row(row), Dimension);
        }
    }
}
