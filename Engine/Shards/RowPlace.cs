using System.Runtime.InteropServices;

namespace JadeVector.Engine.Shards;

/// <summary>
/// Where the bytes of a row are: id, metadata and text lie one behind the other from <see cref="Offset"/>. Stored as it is in
/// segments (docs/formats/segment.md, section places), 24 bytes little-endian.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = SizeBytes)]
internal struct RowPlace
{
    public const int SizeBytes = 24;

    /// <summary>In the heap of the part.</summary>
    public long Offset;

    /// <summary>-1 when the row has none.</summary>
    public int MetadataLength;

    /// <summary>-1 when the row has none.</summary>
    public int TextLength;

    /// <summary>The row that this one replaced, if it is in the same part; -1 otherwise.</summary>
    public int PreviousRow;

    public ushort IdLength;

    public ushort Reserved;

    public readonly int HeapLength => IdLength + Math.Max(0, MetadataLength) + Math.Max(0, TextLength);
}
