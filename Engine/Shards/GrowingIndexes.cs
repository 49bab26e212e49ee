using JadeVector.Engine.MetadataIndexes;

namespace JadeVector.Engine.Shards;

/// <summary>A metadata index over some rows of a part, which it numbers from 0.</summary>
/// <param name="First">The first of them, a multiple of <see cref="RowBitmap.WordBits"/>.</param>
internal readonly record struct IndexedRows(int First, MetadataIndex Index)
{
    public int End => First + Index.RowCount;
}

/// <summary>
/// The metadata indexes of a growing part: immutable ones over blocks of rows, one behind the other. Rows behind the last block are few and are
/// tested one by one. Eight blocks of one size become one, so that there are few, and each row is indexed four times at most.
/// </summary>
/// <remarks>One thread at a time extends them; readers need no lock. Replaced ones go when their last reader has: their memory is the collector's.</remarks>
internal sealed class GrowingIndexes(GrowingPart part)
{
    public const int BlockRowsMin = 256;
    private const int BlockRowsMax = BlockRowsMin * Fanout * Fanout * Fanout;
    private const int Fanout = 8;

    private IndexedRows[] _blocks = [];

    /// <summary>From row 0 on, without gaps.</summary>
    public ReadOnlySpan<IndexedRows> Blocks => Volatile.Read(ref _blocks);

    /// <summary>Rows 0 to this, exclusive, are indexed.</summary>
    public int RowCount => Blocks is [.., var last] ? last.End : 0;

    public long MemoryBytes
    {
        get
        {
            long bytes = 0;
            foreach (var block in Blocks)
                bytes += block.Index.MemoryBytes;
            return bytes;
        }
    }

    /// <summary>There are enough published rows for another block.</summary>
    public bool IsDue => part.PublishedCount - RowCount >= BlockRowsMin;

    /// <summary>Adds one block, as large as there are rows for; those that it completes to a larger one are part of it.</summary>
    public void Extend()
    {
        var blocks = _blocks;
        var first = RowCount;
        var size = BlockRowsMin;
        while (size < BlockRowsMax && first % (size * Fanout) == 0 && part.PublishedCount - first >= size * Fanout)
            size *= Fanout;
        var kept = blocks.Length;
        while (size < BlockRowsMax && kept >= Fanout - 1 && blocks[kept - Fanout + 1].Index.RowCount == size && blocks[kept - 1].Index.RowCount == size)
        {
            kept -= Fanout - 1;
            first = blocks[kept].First;
            size *= Fanout;
        }

        Volatile.Write(ref _blocks, [.. blocks.AsSpan(0, kept), new IndexedRows(first, Build(first, size))]);
    }

    private MetadataIndex Build(int first, int count)
    {
        var builder = new MetadataIndexBuilder();
        for (var row = first; row < first + count; row++)
            builder.Add(part.Metadata(row));
        return MetadataIndex.From(builder);
    }
}
