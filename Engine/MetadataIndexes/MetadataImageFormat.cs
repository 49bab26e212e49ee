using System.Runtime.InteropServices;

namespace JadeVector.Engine.MetadataIndexes;

// The structures of an image of a metadata index, as they lie in memory and in segments: little-endian, each on a multiple of 8 bytes.
// Positions count from the start of the image. Layout: docs/formats/metadata-index.md; keep them in step.

internal enum PostingForm
{
    None = 0,

    /// <summary>i32 row numbers, ascending.</summary>
    Rows = 1,

    /// <summary>A bit per row of the index, in u64 words.</summary>
    Bits = 2,
}

/// <summary>A stored set of rows.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Posting
{
    public long Position;
    public int Count;
    public PostingForm Form;
}

/// <summary>A field: its path, the rows that have it, and its values by where they stand.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FieldEntry
{
    public long KeyPosition;
    public int KeyLength;

    /// <summary>1 when short strings too may be missing from the columns, which were full.</summary>
    public int IsFull;
    public Posting Present;

    /// <summary>Rows with a value that is not in the columns: a string that is too long, or that found them full.</summary>
    public Posting Partial;

    /// <summary>Column of the values that stand in no array of this field; 0 for none.</summary>
    public long PlainColumn;

    /// <summary>Column of the values that are elements of arrays of this field; 0 for none.</summary>
    public long ElementColumn;
}

/// <summary>The distinct values of a field in order (null, booleans, numbers, strings), and the rows of each.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ColumnHeader
{
    public int ValueCount;

    /// <summary>Pairs of a row and a distinct value of it.</summary>
    public int EntryCount;
    public int FirstBoolean;
    public int FirstNumber;
    public int FirstText;

    /// <summary>1 when no row has two values.</summary>
    public int IsSingleValued;
    public int DenseCount;
    public int PrefixCount;

    /// <summary>i64 per boolean and number: 0 or 1, the integer, or the bits of the double.</summary>
    public long Numbers;

    /// <summary>u64 words with a bit per boolean and number: 1 for a double.</summary>
    public long NumberKinds;

    /// <summary>i32 per string and one more: where in <see cref="Texts"/> it starts.</summary>
    public long TextStarts;
    public long Texts;

    /// <summary>i32 per value and one more: entries before it.</summary>
    public long Starts;

    /// <summary>i32 row per entry that is not of a dense value, in order of value, then of row.</summary>
    public long Rows;

    /// <summary><see cref="DenseEntry"/> in order of value.</summary>
    public long Dense;

    /// <summary><see cref="PrefixEntry"/> in order of value.</summary>
    public long Prefixes;
}

/// <summary>A value of so many rows that a bit per row is smaller than a number per entry.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DenseEntry
{
    public int Value;

    /// <summary>Entries of dense values before this one, which have no place among the rows.</summary>
    public int DenseEntriesBefore;
    public long Bits;
}

/// <summary>The rows of all values of one type (numbers, or strings) that are before a value.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PrefixEntry
{
    public int Value;
    public int Reserved;
    public long Bits;
}

/// <summary>The last bytes of an image.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ImageTrailer
{
    public int RowCount;
    public int FieldCount;

    /// <summary>Where the <see cref="FieldEntry"/> are, in order of their keys' bytes.</summary>
    public long Fields;

    /// <summary>Rows whose metadata could not be read as JSON.</summary>
    public Posting Unread;

    /// <summary>1 when rows have fields that are not in the table.</summary>
    public int HasOtherFields;

    /// <summary><see cref="EndMark"/>: an image that was cut does not end with it.</summary>
    public int Mark;

    public const int EndMark = 0x58444D4A;
}
