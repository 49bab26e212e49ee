using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace JadeVector.Engine.MetadataIndexes;

/// <summary>A set of rows 0 to <see cref="RowCount"/> - 1, one bit each, in pooled memory. Bits behind the last row are always 0. One thread at a time changes it.</summary>
/// <remarks>Dense on purpose: what a search asks of it is a bit per visited row, and a million rows are 125 KB. The compressed forms are those of <see cref="Posting"/>.</remarks>
internal sealed class RowBitmap : IDisposable
{
    public const int WordBits = 64;

    private ulong[] _words;

    private RowBitmap(int rowCount)
    {
        RowCount = rowCount;
        WordCount = WordsFor(rowCount);
        _words = ArrayPool<ulong>.Shared.Rent(WordCount);
    }

    public int RowCount { get; }

    public int WordCount { get; }

    /// <summary>Bit <c>r % 64</c> of word <c>r / 64</c> says whether row r is in.</summary>
    public ReadOnlySpan<ulong> Words => _words.AsSpan(0, WordCount);

    private Span<ulong> Writable => _words.AsSpan(0, WordCount);

    public static int WordsFor(int rowCount) => (int)(((long)rowCount + WordBits - 1) / WordBits);

    public static RowBitmap Empty(int rowCount)
    {
        var bitmap = new RowBitmap(rowCount);
        bitmap.Writable.Clear();
        return bitmap;
    }

    public static RowBitmap Full(int rowCount)
    {
        var bitmap = new RowBitmap(rowCount);
        bitmap.Writable.Fill(ulong.MaxValue);
        bitmap.ClearBehindLast();
        return bitmap;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int row) => (_words[row >>> 6] >> row & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int row) => _words[row >>> 6] |= 1UL << row;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Remove(int row) => _words[row >>> 6] &= ~(1UL << row);

    public void Add(ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
            Add(row);
    }

    public void Remove(ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
            Remove(row);
    }

    public void Add(RowBitmap other) => Add(other.Words);

    /// <param name="words">As many words as there are from <paramref name="firstWord"/> on, or fewer.</param>
    /// <param name="firstWord">Where they belong.</param>
    public void Add(ReadOnlySpan<ulong> words, int firstWord = 0)
    {
        var target = Writable.Slice(firstWord, words.Length);
        var wide = Wide(target);
        var from = Wide(words);
        for (var i = 0; i < wide.Length; i++)
            wide[i] |= from[i];
        for (var i = wide.Length * Vector<ulong>.Count; i < target.Length; i++)
            target[i] |= words[i];
    }

    /// <summary>Keeps what is in the other too.</summary>
    public void Keep(RowBitmap other)
    {
        var words = other.Words;
        var target = Writable;
        var wide = Wide(target);
        var from = Wide(words);
        for (var i = 0; i < wide.Length; i++)
            wide[i] &= from[i];
        for (var i = wide.Length * Vector<ulong>.Count; i < target.Length; i++)
            target[i] &= words[i];
    }

    public void Remove(RowBitmap other) => Remove(other.Words);

    /// <param name="words">As many words as this has.</param>
    public void Remove(ReadOnlySpan<ulong> words)
    {
        var target = Writable;
        var wide = Wide(target);
        var from = Wide(words);
        for (var i = 0; i < wide.Length; i++)
            wide[i] = Vector.AndNot(wide[i], from[i]);
        for (var i = wide.Length * Vector<ulong>.Count; i < target.Length; i++)
            target[i] &= ~words[i];
    }

    /// <summary>Takes in what was out and the other way round.</summary>
    public void Invert()
    {
        foreach (ref var word in Writable)
            word = ~word;
        ClearBehindLast();
    }

    public int Count()
    {
        var count = 0;
        foreach (var word in Words)
            count += BitOperations.PopCount(word);
        return count;
    }

    public RowBitmap Copy()
    {
        var copy = new RowBitmap(RowCount);
        Words.CopyTo(copy.Writable);
        return copy;
    }

    public void Dispose()
    {
        if (_words.Length > 0)
            ArrayPool<ulong>.Shared.Return(_words);
        _words = [];
    }

    /// <summary>The rows, ascending; the set does not change meanwhile.</summary>
    public Enumerator GetEnumerator() => new(Words);

    private void ClearBehindLast()
    {
        if (RowCount % WordBits != 0)
            _words[WordCount - 1] &= (1UL << RowCount) - 1;
    }

    private static Span<Vector<ulong>> Wide(Span<ulong> words) => MemoryMarshal.Cast<ulong, Vector<ulong>>(words);

    private static ReadOnlySpan<Vector<ulong>> Wide(ReadOnlySpan<ulong> words) => MemoryMarshal.Cast<ulong, Vector<ulong>>(words);

    public ref struct Enumerator(ReadOnlySpan<ulong> words)
    {
        private readonly ReadOnlySpan<ulong> _words = words;
        private int _next;
        private ulong _rest;

        public int Current { get; private set; }

        public bool MoveNext()
        {
            while (_rest == 0)
            {
                if (_next == _words.Length)
                    return false;
                _rest = _words[_next++];
            }

            Current = ((_next - 1) * WordBits) + BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }
}
