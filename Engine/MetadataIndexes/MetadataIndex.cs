using System.Runtime.InteropServices;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.MetadataIndexes;

/// <summary>
/// Which rows have which metadata: per field (a path, as <see cref="FieldPath"/> has it) its distinct scalars in order and the rows of each.
/// Immutable; read in place from memory of its own or from a mapped segment; any number of threads at once.
/// </summary>
/// <remarks>
/// It answers exactly for all but: fields beyond <see cref="MetadataIndexLimits.FieldsMax"/>, strings beyond
/// <see cref="MetadataIndexLimits.TextBytesMax"/>, and metadata that is no JSON. It says which rows those are.
/// </remarks>
internal sealed unsafe class MetadataIndex
{
    public const int FormatVersion = 1;
    private const int HeaderBytes = 16;

    private readonly byte* _image;
    private readonly byte[]? _owned;
    private readonly ImageTrailer* _trailer;

    private MetadataIndex(byte* image, long length, byte[]? owned)
    {
        _image = image;
        _owned = owned;
        ImageBytes = length;
        Require(length >= HeaderBytes + sizeof(ImageTrailer) && length % sizeof(long) == 0, $"it has {length} bytes");
        Require(new ReadOnlySpan<byte>(image, sizeof(long)).SequenceEqual("JADEMETA"u8), "the magic number is wrong");
        var version = ((long*)image)[1];
        Require(version == FormatVersion, $"format version {version}; this program reads {FormatVersion}");
        _trailer = (ImageTrailer*)(image + length - sizeof(ImageTrailer));
        Check();
    }

    /// <summary>Rows 0 to this, exclusive, are in it.</summary>
    public int RowCount => _trailer->RowCount;

    public long ImageBytes { get; }

    /// <summary>Bytes in this process's memory; 0 for a mapped one.</summary>
    public long MemoryBytes => _owned?.Length ?? 0;

    /// <summary>Rows have fields that the index does not know.</summary>
    public bool HasOtherFields => _trailer->HasOtherFields != 0;

    /// <summary>Rows of which nothing is known.</summary>
    public Posting Unread => _trailer->Unread;

    /// <summary>In order of their keys' bytes.</summary>
    public ReadOnlySpan<FieldEntry> Fields => new((FieldEntry*)(_image + _trailer->Fields), _trailer->FieldCount);

    /// <summary>Reads an image in memory that someone else owns and keeps for longer than this.</summary>
    /// <exception cref="InvalidDataException">It contradicts itself.</exception>
    public static MetadataIndex Map(byte* image, long length) => new(image, length, owned: null);

    /// <summary>An index in memory of its own.</summary>
    public static MetadataIndex From(MetadataIndexBuilder builder)
    {
        var stream = new System.Buffers.ArrayBufferWriter<byte>();
        builder.Write(bytes => System.Buffers.BuffersExtensions.Write(stream, bytes));
        var owned = GC.AllocateUninitializedArray<byte>(stream.WrittenCount + StridedChunks.Alignment, pinned: true);
        var first = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(owned, 0);
        var padding = (int)(-(nint)first & (StridedChunks.Alignment - 1));
        stream.WrittenSpan.CopyTo(owned.AsSpan(padding));
        return new MetadataIndex(first + padding, stream.WrittenCount, owned);
    }

    /// <summary>The field of a path, by binary search; null when no row has it, or when it is one of the others.</summary>
    public FieldEntry? Find(FieldPath path)
    {
        var fields = Fields;
        int low = 0, high = fields.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = KeyOf(fields[middle]).SequenceCompareTo(path.Key);
            if (order == 0)
                return fields[middle];
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return null;
    }

    /// <summary>The column at a position of a <see cref="FieldEntry"/> that is not 0.</summary>
    public Column ColumnAt(long position) => new(_image, (ColumnHeader*)(_image + position), RowCount);

    public void AddRows(Posting posting, RowBitmap target)
    {
        if (posting.Form is PostingForm.Rows)
            target.Add(RowsOf(posting));
        else if (posting.Form is PostingForm.Bits)
            target.Add(new ReadOnlySpan<ulong>((ulong*)(_image + posting.Position), RowBitmap.WordsFor(RowCount)));
    }

    internal static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidDataException($"Damaged metadata index: {otherwise}.");
    }

    internal static void CheckRange(long position, int itemBytes, int count, long imageBytes) =>
        Require(position >= HeaderBytes && position % sizeof(long) == 0 && count >= 0 && position <= imageBytes - ((long)itemBytes * count), "a list lies outside of it");

    /// <summary>Checks a bit per row; bits behind the last would be rows that do not exist.</summary>
    internal static void CheckBits(byte* image, long position, int rowCount, long imageBytes)
    {
        var words = RowBitmap.WordsFor(rowCount);
        CheckRange(position, sizeof(ulong), words, imageBytes);
        Require(rowCount % RowBitmap.WordBits == 0 || ((ulong*)(image + position))[words - 1] >> rowCount == 0, "a set of rows has more than there are");
    }

    internal static void CheckRows(ReadOnlySpan<int> rows, int rowCount)
    {
        foreach (var row in rows)
        {
            if ((uint)row >= (uint)rowCount)
                throw new InvalidDataException($"Damaged metadata index: there is no row {row} of {rowCount}.");
        }
    }

    private ReadOnlySpan<int> RowsOf(Posting posting) => new((int*)(_image + posting.Position), posting.Count);

    private ReadOnlySpan<byte> KeyOf(in FieldEntry field) => new(_image + field.KeyPosition, field.KeyLength);

    private void Check()
    {
        Require(_trailer->Mark == ImageTrailer.EndMark, "its end is missing");
        Require(RowCount >= 0, $"{RowCount} rows");
        CheckRange(_trailer->Fields, sizeof(FieldEntry), _trailer->FieldCount, ImageBytes);
        CheckPosting(Unread);
        foreach (ref readonly var field in Fields)
        {
            CheckRange(field.KeyPosition, sizeof(byte), field.KeyLength, ImageBytes);
            CheckPosting(field.Present);
            CheckPosting(field.Partial);
            CheckColumn(field.PlainColumn);
            CheckColumn(field.ElementColumn);
        }
    }

    private void CheckPosting(Posting posting)
    {
        if (posting.Form is PostingForm.None)
            return;
        Require(posting.Form is PostingForm.Rows or PostingForm.Bits, $"a set of rows has the form {posting.Form}");
        if (posting.Form is PostingForm.Bits)
        {
            CheckBits(_image, posting.Position, RowCount, ImageBytes);
            return;
        }

        CheckRange(posting.Position, sizeof(int), posting.Count, ImageBytes);
        CheckRows(RowsOf(posting), RowCount);
    }

    private void CheckColumn(long position)
    {
        if (position == 0)
            return;
        CheckRange(position, sizeof(ColumnHeader), 1, ImageBytes);
        ColumnAt(position).Check(ImageBytes);
    }
}
