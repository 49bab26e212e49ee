using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Memory;

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

/// <summary>Visible rows that a filter matches.</summary>
internal readonly struct MatchingRows(VisibleRows visible, Part part, Filter filter) : IRowFilter
{
    public bool Includes(int row) => visible.Includes(row) && filter.Matches(part.Metadata(row), part.Id(row));
}
