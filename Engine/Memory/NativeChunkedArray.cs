using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Memory;

/// <summary>An array off the managed heap that grows in chunks; an element never moves, and starts as all zero bytes.</summary>
/// <remarks>
/// One thread at a time calls <see cref="EnsureCount"/>. Any thread may use elements below a count that it learned with acquire order.
/// The owner disposes of it when no reader is left; there is no finaliser.
/// </remarks>
public sealed unsafe class NativeChunkedArray<T> : IDisposable
    where T : unmanaged
{
    private StridedChunks _chunks;
    private int _count;

    /// <summary>No elements yet; grows.</summary>
    public NativeChunkedArray() => _chunks = new StridedChunks(sizeof(T));

    /// <summary>Elements that lie one behind the other in memory that someone else owns and keeps for longer than this; never grows.</summary>
    /// <param name="first">The first element, on a boundary that suits it.</param>
    /// <param name="count">Elements, 0 or more.</param>
    public NativeChunkedArray(T* first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _chunks = new StridedChunks((byte*)first, sizeof(T));
        _count = count;
    }

    /// <summary>Elements that exist.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the elements that exist (what is allocated ahead of them is not touched and costs nothing).</summary>
    public long MemoryBytes => _chunks.IsForeign ? 0 : (long)Count * sizeof(T);

    /// <summary>Element <paramref name="index"/>, 0 to <see cref="Count"/> - 1; checked in debug builds only.</summary>
    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref *At(index);
    }

    /// <summary>Where element <paramref name="index"/> lies, for as long as this lives; checked in debug builds only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* At(int index)
    {
        System.Diagnostics.Debug.Assert((uint)index < (uint)Count, "The element exists.");
        return (T*)_chunks.At(index);
    }

    /// <summary>Makes elements 0 to <paramref name="count"/> - 1 exist; does nothing when they do.</summary>
    public void EnsureCount(int count)
    {
        if (count <= _count)
            return;
        _chunks.EnsureCount(count);
        Volatile.Write(ref _count, count);
    }

    public void Dispose()
    {
        Volatile.Write(ref _count, 0);
        _chunks.Dispose();
    }
}
