using System.Buffers.Binary;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Segments;

/// <summary>Which rows of a part were deleted or replaced up to a sequence number, as a blob content: row u32 and sequence u64 each, by row.</summary>
internal static class DeletedRows
{
    public const int EntryBytes = 12;

    public static byte[] Save(Part part, ulong upTo)
    {
        var content = new MemoryStream();
        Span<byte> entry = stackalloc byte[EntryBytes];
        var count = part.Count;
        for (var row = 0; row < count; row++)
        {
            var deletedAt = Volatile.Read(ref part.Deletes[row]);
            if (deletedAt == 0 || deletedAt > upTo)
                continue;
            BinaryPrimitives.WriteInt32LittleEndian(entry, row);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[4..], deletedAt);
            content.Write(entry);
        }

        return content.ToArray();
    }

    /// <summary>Marks the rows.</summary>
    /// <exception cref="InvalidDataException">The content does not fit the part.</exception>
    public static void Load(Part part, ReadOnlySpan<byte> content)
    {
        if (content.Length % EntryBytes != 0)
            throw new InvalidDataException($"{content.Length} bytes are no whole number of entries");
        var previous = -1;
        for (; !content.IsEmpty; content = content[EntryBytes..])
        {
            var row = BinaryPrimitives.ReadInt32LittleEndian(content);
            if (row <= previous || row >= part.Count)
                throw new InvalidDataException($"row {row} is out of order or beyond the last of {part.Count}");
            part.MarkDeleted(row, BinaryPrimitives.ReadUInt64LittleEndian(content[4..]));
            previous = row;
        }
    }

    /// <summary>The rows that a content names.</summary>
    public static HashSet<int> RowsIn(ReadOnlySpan<byte> content)
    {
        var rows = new HashSet<int>();
        for (; content.Length >= EntryBytes; content = content[EntryBytes..])
            rows.Add(BinaryPrimitives.ReadInt32LittleEndian(content));
        return rows;
    }

    /// <summary>Marks in one part what is marked in another with the same rows.</summary>
    public static void Copy(Part from, Part to)
    {
        for (var row = 0; row < from.Count; row++)
        {
            if (from.Deletes[row] is > 0 and var deletedAt && to.Deletes[row] == 0)
                to.MarkDeleted(row, deletedAt);
        }
    }
}
