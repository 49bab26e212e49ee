using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Lsh;

/// <summary>
/// Rows in hash tables whose functions keep near rows together: signs of projections on random directions for the angle (Charikar, 2002), slices of such projections
/// for the Euclidean distance (p-stable; Datar, Immorlica, Indyk, Mirrokni, 2004). For the inner product the angle is used, which finds the less the more lengths differ.
/// </summary>
/// <remarks>
/// Built once over the rows that there are, or mapped, read-only, from an image (docs/formats/lsh.md); the two are the same bytes. Any number of threads may search.
/// Rows that come later are for the owner to scan. A bucket is a hash of a table's function values, so that values that differ may share one; such rows are compared and found to be far.
/// </remarks>
public sealed unsafe partial class LshIndex : IDisposable
{
    private readonly LshImageHeader _header;
    private readonly byte* _image;
    private readonly bool _isMapped;
    private readonly MappedVectorRows _directions;   // table * functions + function
    private readonly float* _shifts;
    private readonly int* _starts;       // per table: bucket -> its first place in the table's rows; one more at the end
    private readonly int* _rowNumbers;   // per table
    private bool _disposed;

    private LshIndex(VectorRows rows, LshImageHeader header, byte* image, bool isMapped)
    {
        Rows = rows;
        _header = header;
        _image = image;
        _isMapped = isMapped;
        _directions = new MappedVectorRows((float*)(image + LshImageHeader.DirectionsOffset), header.Tables * header.Functions, header.Dimension, header.DirectionStride);
        _shifts = (float*)(image + header.ShiftsOffset);
        _starts = (int*)(image + header.StartsOffset);
        _rowNumbers = (int*)(image + header.RowsOffset);
    }

    public VectorRows Rows { get; }

    public Metric Metric => _header.Metric;

    /// <summary>Rows 0 to this, exclusive, are in the tables.</summary>
    public int Count => _header.RowCount;

    public int Tables => _header.Tables;

    /// <summary>Hash functions of each table.</summary>
    public int Functions => _header.Functions;

    /// <summary>Bytes of native memory; 0 when a mapped file holds them.</summary>
    public long MemoryBytes => _isMapped ? 0 : _header.ImageBytes;

    /// <summary>Bytes of the image.</summary>
    public long ImageBytes => _header.ImageBytes;

    /// <summary>The image, for <see cref="Map"/>. The vectors are not in it. Good for as long as this lives.</summary>
    public ReadOnlySpan<byte> ImageSlice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, _header.ImageBytes);
        return new ReadOnlySpan<byte>(_image + offset, length);
    }

    /// <summary>An index that is read in place.</summary>
    /// <param name="rows">The vectors over which it was built.</param>
    /// <param name="image">On a 64-byte boundary; stays in place for longer than this.</param>
    /// <param name="length">Bytes of the image; more is ignored.</param>
    /// <exception cref="InvalidDataException">It is damaged or of other rows; says how.</exception>
    public static LshIndex Map(VectorRows rows, Metric metric, byte* image, long length)
    {
        var header = LshImageHeader.Read(new ReadOnlySpan<byte>(image, (int)Math.Min(length, LshImageHeader.Bytes)));
        LshImageHeader.Require(header.Metric == metric && header.Dimension == rows.Dimension && header.RowCount <= rows.Count, $"it is of {header.RowCount} rows of {header.Dimension} components compared by {header.Metric}");
        LshImageHeader.Require(length >= header.ImageBytes, $"it has {length} bytes of {header.ImageBytes}");
        var index = new LshIndex(rows, header, image, isMapped: true);
        index.CheckTables();
        return index;
    }

    /// <summary>Frees the tables. No search is running or comes later.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _directions.Dispose();
        if (!_isMapped)
            NativeMemory.AlignedFree(_image);
    }

    private int* StartsOf(int table) => _starts + ((nint)table * (nint)_header.StartsPerTable);

    private int* RowNumbersOf(int table) => _rowNumbers + ((nint)table * Count);

    private void CheckTables()
    {
        for (var table = 0; table < Tables; table++)
        {
            var starts = StartsOf(table);
            var last = (int)_header.StartsPerTable - 1;
            LshImageHeader.Require(starts[0] == 0 && starts[last] == Count, $"table {table} does not hold as many rows as there are");
            for (var bucket = 0; bucket < last; bucket++)
                LshImageHeader.Require(starts[bucket] <= starts[bucket + 1], $"a bucket of table {table} ends before it starts");
            var rows = RowNumbersOf(table);
            for (var i = 0; i < Count; i++)
                LshImageHeader.Require((uint)rows[i] < (uint)Count, $"table {table} names row {rows[i]} of {Count}");
        }
    }

    /// <summary>A projection in units of what a function tells apart: its sign, or the number of its slice, is the function's value.</summary>
    private float Project(float* vector, int table, int function)
    {
        var number = (table * Functions) + function;
        var product = InnerProduct.Compute(vector, _directions.Row(number), _header.Dimension);
        return _header.SliceWidth > 0 ? (product / _header.SliceWidth) + _shifts[number] : product;
    }

    private int ValueOf(float projection)
    {
        if (_header.SliceWidth == 0)
            return projection >= 0 ? 1 : 0;
        // Far outliers share the last slices; no number counts as 0.
        return (int)Math.Clamp(MathF.Floor(projection), -1_000_000f, 1_000_000f);
    }

    /// <summary>The bucket of a table for its functions' values.</summary>
    private int BucketOf(ReadOnlySpan<int> values)
    {
        // The finaliser of MurmurHash3 after each value; the upper bits are the best mixed.
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var value in values)
        {
            hash = (hash ^ (uint)value) * 0xFF51AFD7ED558CCDUL;
            hash ^= hash >> 33;
        }

        return _header.BucketBits == 0 ? 0 : (int)((hash * 0xC4CEB9FE1A85EC53UL) >> (64 - _header.BucketBits));
    }
}
