using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Memory;

/// <summary>Scratch memory on the managed heap that the collector neither moves nor needs to be told of: it starts on a 64-byte boundary and goes with its owner.</summary>
/// <remarks>A mutable struct: hold it in one field that is not readonly.</remarks>
internal unsafe struct PinnedBuffer<T>
    where T : unmanaged
{
    private byte[]? _array;

    /// <summary>The first element; changes when the buffer grows.</summary>
    public T* First { get; private set; }

    public int Length { get; private set; }

    public readonly long Bytes => (long)Length * sizeof(T);

    /// <summary>Makes room for <paramref name="length"/> elements. A buffer that grows starts anew with zero bytes; one that is long enough keeps its content.</summary>
    /// <returns>The first element.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* Ensure(int length)
    {
        if (length > Length)
            Grow(length);
        return First;
    }

    private void Grow(int length)
    {
        var capacity = (int)Math.Min(Math.Max((long)length, (long)Length * 2), (Array.MaxLength - StridedChunks.Alignment) / sizeof(T));
        capacity = Math.Max(capacity, length);
        _array = GC.AllocateArray<byte>(checked((capacity * sizeof(T)) + StridedChunks.Alignment), pinned: true);
        var start = (nint)Unsafe.AsPointer(ref _array[0]);
        First = (T*)((start + StridedChunks.Alignment - 1) & ~(nint)(StridedChunks.Alignment - 1));
        Length = capacity;
    }
}
