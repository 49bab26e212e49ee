using System.Runtime.CompilerServices;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

// Codes: what walks compare in place of the vectors. A graph that grows learns its codec from the rows that are there when the first is inserted, and
// keeps it; its image gets one that is learned from all rows, and codes to match (HnswGraph.Image.cs).
public sealed unsafe partial class HnswGraph
{
    private readonly OneBitCodec? _oneBit; // mapped graphs only

    /// <summary>Whether rows have sketches, by which searches among chosen rows sift them before they compare codes, and walks where it pays.</summary>
    public bool HasSketches => _sketch is not null;

    /// <summary>Bytes in a block for a code of a vector.</summary>
    internal static int CodeBytesOf(VectorCodes codes, int dimension) => codes switch
    {
        VectorCodes.None => 0,
        VectorCodes.Int8 => Int8Codec.CodeBytesFor(dimension),
        VectorCodes.OneBit => OneBitCodec.CodeBytesFor(dimension),
        _ => throw new ArgumentOutOfRangeException(nameof(codes), codes, "Unknown codes."),
    };

    /// <summary>The level-0 block of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Block(int row) => _base.At(row);

    /// <summary>The sketch of a row, where the graph has them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal sbyte* Sketch(int row) => (sbyte*)_sketches.At(row);

    /// <summary>All sketches, where the graph has them.</summary>
    internal ref readonly StridedChunks Sketches => ref _sketches;

    private void Train()
    {
        var count = Rows.Count;
        var codec = Int8Codec.Train(Rows, count, Metric);
        _sketch = SketchTraining.Train(Rows, count, codec);
        if (_sketch is not null)
            _sketches = new StridedChunks(PrincipalSketch.Bytes);
        _int8 = codec;
    }

    /// <summary>Writes what walks compare, before anyone can reach the row.</summary>
    private void EncodeRow(int row, Int8Codec codec)
    {
        codec.Encode(Rows.Row(row), (sbyte*)_base.At(row));
        _sketch?.Encode(Rows.Row(row), (sbyte*)_sketches.At(row));
    }
}
