using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

/// <summary>
/// What an image has in place of vectors: codes and sketches, and the numbers that they were made with, learned from all rows:
/// <code>
///   none       nothing
///   Int8       centre[dimension]; with sketches: step, slack, axes[56 · dimension]
///   OneBit     centre[dimension]
/// </code>
/// </summary>
internal sealed unsafe class GraphCodes
{
    private readonly HnswGraph _graph;
    private readonly Int8Codec? _int8;
    private readonly OneBitCodec? _oneBit;
    private readonly PrincipalSketch? _sketch;
    private readonly float[] _room = [];

    /// <summary>Learns from the rows of a graph.</summary>
    public GraphCodes(HnswGraph graph, VectorCodes codes)
    {
        _graph = graph;
        if (codes is VectorCodes.None)
            return;
        var codec = Int8Codec.Train(graph.Rows, graph.Count, graph.Metric);
        if (codes is VectorCodes.OneBit)
        {
            _oneBit = new OneBitCodec(graph.Metric, codec.Centre);
            _room = new float[_oneBit.RoomFloats];
        }
        else
        {
            _int8 = codec;
            _sketch = SketchTraining.Train(graph.Rows, graph.Count, codec);
        }

        Values = [.. codec.Centre, .. _sketch is null ? [] : (float[])[_sketch.Step, _sketch.Slack, .. _sketch.AxisValues]];
    }

    public bool HasSketches => _sketch is not null;

    /// <summary>What was learned, as the image has it.</summary>
    public float[] Values { get; } = [];

    public static int FloatsOf(VectorCodes codes, bool hasSketches, int dimension) =>
        codes is VectorCodes.None ? 0 : dimension + (hasSketches ? 2 + (PrincipalSketch.Axes * dimension) : 0);

    public static (Int8Codec? Int8, OneBitCodec? OneBit, PrincipalSketch? Sketch) Read(HnswImageHeader header, ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            HnswImageHeader.Require(float.IsFinite(value), "what was learned for the codes is no number");
        if (header.Options.Codes is VectorCodes.None)
            return default;
        var centre = values[..header.Dimension];
        if (header.Options.Codes is VectorCodes.OneBit)
            return (null, new OneBitCodec(header.Metric, centre), null);
        var codec = new Int8Codec(header.Metric, centre);
        values = values[header.Dimension..];
        return (codec, null, header.HasSketches ? new PrincipalSketch(codec, values[2..].ToArray(), values[0], values[1]) : null);
    }

    /// <summary>Writes the code of a row.</summary>
    public void Encode(int row, Span<byte> target)
    {
        fixed (byte* code = target)
        fixed (float* room = _room)
        {
            _int8?.Encode(_graph.Rows.Row(row), (sbyte*)code);
            _oneBit?.Encode(_graph.Rows.Row(row), room, code);
        }
    }

    public void EncodeSketch(int row, Span<byte> target)
    {
        fixed (byte* sketch = target)
            _sketch!.Encode(_graph.Rows.Row(row), (sbyte*)sketch);
    }
}
