using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

/// <summary>
/// Rows in cells around k-means centres: a search looks into the cells nearest to the query (inverted file; Jégou, Douze, Schmid, 2011). With codes, the rows of a cell are
/// first ranked by four-bit product codes, and only the best are compared exactly.
/// </summary>
/// <remarks>
/// Built once over the rows that there are, or mapped, read-only, from an image (docs/formats/ivf.md); the two are the same bytes. Any number of threads may search.
/// Rows that come later are for the owner to scan.
/// </remarks>
public sealed unsafe partial class IvfIndex : IDisposable
{
    private readonly IvfImageHeader _header;
    private readonly byte* _image;
    private readonly bool _isMapped;
    private readonly MappedVectorRows _centres;
    private readonly int* _starts;   // cell -> its first place in _rowNumbers; one more at the end
    private readonly int* _rowNumbers;
    private readonly byte* _codes;
    private readonly int[] _blockStarts;   // cell -> its first block of codes
    private readonly ProductQuantizer? _quantizer;
    private bool _disposed;

    private IvfIndex(VectorRows rows, IvfImageHeader header, byte* image, bool isMapped)
    {
        Rows = rows;
        _header = header;
        _image = image;
        _isMapped = isMapped;
        _centres = new MappedVectorRows((float*)(image + IvfImageHeader.CentresOffset), header.ListCount, header.Dimension, header.CentreStride);
        _starts = (int*)(image + header.StartsOffset);
        _rowNumbers = (int*)(image + header.RowsOffset);
        _codes = image + header.CodesOffset;
        _blockStarts = new int[header.ListCount + 1];
        if (header.CodeComponents > 0)
            _quantizer = new ProductQuantizer(header.Dimension, header.CodeComponents, (float*)(image + header.BooksOffset));
    }

    public VectorRows Rows { get; }

    public Metric Metric => _header.Metric;

    /// <summary>Rows 0 to this, exclusive, are found.</summary>
    public int Count => _header.RowCount;

    /// <summary>Cells.</summary>
    public int ListCount => _header.ListCount;

    /// <summary>Components that share a code; 0 without codes.</summary>
    public int CodeComponents => _header.CodeComponents;

    /// <summary>Bytes of native memory; 0 when a mapped file holds them.</summary>
    public long MemoryBytes => _isMapped ? 0 : _header.ImageBytes;

    /// <summary>The image, for <see cref="Map"/>. The vectors are not in it. Good for as long as this lives.</summary>
    public ReadOnlySpan<byte> ImageSlice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, _header.ImageBytes);
        return new ReadOnlySpan<byte>(_image + offset, length);
    }

    /// <summary>Bytes of the image.</summary>
    public long ImageBytes => _header.ImageBytes;

    /// <summary>Bytes of the image that are codes and the books to read them with.</summary>
    public long CodeBytes => _quantizer is null ? 0 : _header.ImageBytes - _header.BooksOffset;

    /// <summary>An index that is read in place.</summary>
    /// <param name="rows">The vectors over which it was built.</param>
    /// <param name="image">On a 64-byte boundary; stays in place for longer than this.</param>
    /// <param name="length">Bytes of the image; more is ignored.</param>
    /// <exception cref="InvalidDataException">It is damaged or of other rows; says how.</exception>
    public static IvfIndex Map(VectorRows rows, Metric metric, byte* image, long length)
    {
        var header = IvfImageHeader.Read(new ReadOnlySpan<byte>(image, (int)Math.Min(length, IvfImageHeader.Bytes)));
        IvfImageHeader.Require(header.Metric == metric && header.Dimension == rows.Dimension && header.RowCount <= rows.Count, $"it is of {header.RowCount} rows of {header.Dimension} components compared by {header.Metric}");
        IvfImageHeader.Require(length >= header.ImageBytes, $"it has {length} bytes of {header.ImageBytes}");
        var index = new IvfIndex(rows, header, image, isMapped: true);
        index.CheckCells();
        return index;
    }

    /// <summary>Frees the cells. No search is running or comes later.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _centres.Dispose();
        if (!_isMapped)
            NativeMemory.AlignedFree(_image);
    }

    private ReadOnlySpan<int> RowsOf(int cell) => new(_rowNumbers + _starts[cell], _starts[cell + 1] - _starts[cell]);

    /// <summary>Checks that every row is in one cell, and learns where the blocks of codes start.</summary>
    private void CheckCells()
    {
        var blocks = 0;
        IvfImageHeader.Require(_starts[0] == 0 && _starts[ListCount] == Count, "the cells do not hold as many rows as there are");
        for (var cell = 0; cell < ListCount; cell++)
        {
            IvfImageHeader.Require(_starts[cell] <= _starts[cell + 1] && _starts[cell + 1] <= Count, $"cell {cell} ends before it starts");
            _blockStarts[cell] = blocks;
            blocks += _quantizer is null ? 0 : BlocksFor(_starts[cell + 1] - _starts[cell]);
        }

        _blockStarts[ListCount] = blocks;
        IvfImageHeader.Require(blocks == _header.BlockCount, $"the cells need {blocks} blocks of codes, there are {_header.BlockCount}");
        var seen = new bool[Count];
        for (var i = 0; i < Count; i++)
        {
            IvfImageHeader.Require((uint)_rowNumbers[i] < (uint)Count && !seen[_rowNumbers[i]], $"row {_rowNumbers[i]} does not exist or is in two cells");
            seen[_rowNumbers[i]] = true;
        }
    }

    internal static int BlocksFor(int rows) => (rows + CodeScan.BlockRows - 1) / CodeScan.BlockRows;
}
