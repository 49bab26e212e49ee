using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using JadeVector.Engine.MetadataIndexes;

namespace JadeVector.Engine.Shards;

/// <summary>The rows of a part that are visible at a sequence number.</summary>
internal readonly unsafe struct VisibleRows(NativeChunkedArray<ulong> versions, NativeChunkedArray<ulong> deletes, ulong sequence) : IRowFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Includes(int row)
    {
        if (*versions.At(row) > sequence)
            return false;
        var deletedAt = Volatile.Read(ref *deletes.At(row));
        return deletedAt == 0 || deletedAt > sequence;
    }
}

/// <summary>Visible rows of a set; rows behind its last are not in it.</summary>
internal readonly struct MatchingRows(VisibleRows visible, RowBitmap matches) : IRowFilter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Includes(int row) => row < matches.RowCount && matches.Contains(row) && visible.Includes(row);
}
