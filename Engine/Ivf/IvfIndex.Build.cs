using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

public sealed unsafe partial class IvfIndex
{
    /// <summary>Builds the cells over all rows that there are, in one go; <see cref="IvfBuild"/> does it in slices.</summary>
    /// <param name="rows">At least one; unit length when the metric is cosine. They outlive the index.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside <see cref="IvfLimits"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left.</exception>
    public static IvfIndex Build(VectorRows rows, Metric metric, IvfOptions options, CancellationToken cancellation)
    {
        using var build = new IvfBuild(rows, metric, options);
        return build.Complete(cancellation);
    }

    /// <summary>Null without codes.</summary>
    internal ProductQuantizer? Quantizer => _quantizer;

    /// <summary>An image of zeros, to be filled.</summary>
    internal static IvfIndex Allocate(VectorRows rows, IvfImageHeader header)
    {
        var image = (byte*)NativeMemory.AlignedAlloc((nuint)header.ImageBytes, StridedChunks.Alignment);
        NativeMemory.Clear(image, (nuint)header.ImageBytes);
        header.Write(new Span<byte>(image, IvfImageHeader.Bytes));
        return new IvfIndex(rows, header, image, isMapped: false);
    }

    internal int RowsIn(int cell) => RowsOf(cell).Length;

    /// <summary>Writes centres and cells: rows of a cell in ascending order (a counting sort).</summary>
    internal void Fill(VectorRows centres, int[] nearest)
    {
        for (var cell = 0; cell < ListCount; cell++)
            centres[cell].CopyTo(new Span<float>(_centres.Row(cell), _header.Dimension));
        foreach (var cell in nearest)
            _starts[cell + 1]++;
        for (var cell = 0; cell < ListCount; cell++)
            _starts[cell + 1] += _starts[cell];
        var next = new ReadOnlySpan<int>(_starts, ListCount).ToArray();
        for (var row = 0; row < nearest.Length; row++)
            _rowNumbers[next[nearest[row]]++] = row;
        CheckCells();
    }

    /// <summary>Writes the codes of some rows of a cell, once the books are filled.</summary>
    internal void Encode(int cell, int first, int count)
    {
        var codes = new byte[_quantizer!.Groups];
        var blockBytes = CodeScan.BlockBytes(_quantizer.Groups);
        var rows = RowsOf(cell);
        for (var i = first; i < first + count; i++)
        {
            _quantizer.Encode(Rows.Row(rows[i]), codes);
            CodeScan.Pack(codes, _codes + ((_blockStarts[cell] + (i / CodeScan.BlockRows)) * (long)blockBytes), i % CodeScan.BlockRows);
        }
    }
}
