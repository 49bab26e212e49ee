using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

public sealed unsafe partial class IvfIndex
{
    /// <summary>Rows between two looks at the cancellation token while codes are made.</summary>
    private const int RowsPerCheck = 1024;

    /// <summary>Builds the cells over all rows that there are.</summary>
    /// <param name="rows">At least one; unit length when the metric is cosine. They outlive the index.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside <see cref="IvfLimits"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left.</exception>
    /// <remarks>The same rows and options give the same image on processors of the same vector width.</remarks>
    public static IvfIndex Build(VectorRows rows, Metric metric, IvfOptions options, CancellationToken cancellation)
    {
        options.Validate();
        var count = rows.Count;
        if (count == 0)
            throw new ArgumentException("There is no row to build over.", nameof(rows));
        var random = new Random(options.Seed);
        var cells = Math.Min(count, options.ListCount == 0 ? IvfLimits.ListCountFor(count) : options.ListCount);
        using var centres = KMeans.Train(rows, cells, random, cancellation);
        var order = new int[count];
        for (var row = 0; row < count; row++)
            order[row] = row;
        var nearest = new int[count];
        KMeans.Assign(rows, order, centres, nearest, cancellation);

        var header = Plan(metric, rows.Dimension, options, nearest, cells);
        var image = (byte*)NativeMemory.AlignedAlloc((nuint)header.ImageBytes, StridedChunks.Alignment);
        NativeMemory.Clear(image, (nuint)header.ImageBytes);
        header.Write(new Span<byte>(image, IvfImageHeader.Bytes));
        var index = new IvfIndex(rows, header, image, isMapped: false);
        try
        {
            index.Fill(centres, nearest);
            index.Encode(random, cancellation);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    private static IvfImageHeader Plan(Metric metric, int dimension, IvfOptions options, int[] nearest, int cells)
    {
        var counts = new int[cells];
        foreach (var cell in nearest)
            counts[cell]++;
        var blocks = 0;
        foreach (var rows in counts)
            blocks += options.CodeComponents == 0 ? 0 : BlocksFor(rows);
        return new IvfImageHeader
        {
            Metric = metric,
            Dimension = dimension,
            RowCount = nearest.Length,
            ListCount = cells,
            CodeComponents = options.CodeComponents,
            BlockCount = blocks,
            Seed = options.Seed,
        };
    }

    /// <summary>Writes centres and cells: rows of a cell in ascending order (a counting sort).</summary>
    private void Fill(VectorRows centres, int[] nearest)
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

    private void Encode(Random random, CancellationToken cancellation)
    {
        if (_quantizer is null)
            return;
        _quantizer.Train(Rows, random, cancellation);
        var codes = new byte[_quantizer.Groups];
        var blockBytes = CodeScan.BlockBytes(_quantizer.Groups);
        for (var cell = 0; cell < ListCount; cell++)
        {
            var rows = RowsOf(cell);
            for (var i = 0; i < rows.Length; i++)
            {
                if ((i % RowsPerCheck) == 0)
                    cancellation.ThrowIfCancellationRequested();
                _quantizer.Encode(Rows.Row(rows[i]), codes);
                CodeScan.Pack(codes, _codes + ((_blockStarts[cell] + (i / CodeScan.BlockRows)) * (long)blockBytes), i % CodeScan.BlockRows);
            }
        }
    }
}
