namespace JadeVector.Engine.Memory;

/// <summary>One piece of bytes off the managed heap that is written once, from front to back; it moves while it grows.</summary>
/// <remarks>One thread at a time. The owner disposes of it when no reader is left; there is no finaliser.</remarks>
internal sealed unsafe class NativeImage : IDisposable
{
    private byte* _first;
    private long _capacity;

    /// <summary>The first byte, on the boundary of a huge page where it is large enough for one, else of a cache line.</summary>
    public byte* First => _first;

    public long Bytes { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
            Append(first, bytes.Length);
    }

    public void Append(byte* bytes, long length)
    {
        Reserve(Bytes + length);
        Buffer.MemoryCopy(bytes, _first + Bytes, _capacity - Bytes, length);
        Bytes += length;
    }

    /// <summary>Makes room for so many bytes in all.</summary>
    public void Reserve(long capacity)
    {
        if (capacity <= _capacity)
            return;
        capacity = Math.Max(capacity, Bytes == 0 ? 0 : 2 * _capacity);
        var grown = HugePages.Allocate(capacity);
        Buffer.MemoryCopy(_first, grown, capacity, Bytes);
        HugePages.Free(_first);
        _first = grown;
        _capacity = capacity;
    }

    public void Dispose()
    {
        HugePages.Free(_first);
        _first = null;
        _capacity = 0;
        Bytes = 0;
    }
}
