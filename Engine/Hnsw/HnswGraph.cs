using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

/// <summary>
/// A hierarchical navigable small-world graph over the rows of one <see cref="VectorRows"/> (Malkov and Yashunin, arXiv:1603.09320).
/// Either growing in native memory or mapped, read-only, from an image; one search code for both.
/// </summary>
/// <remarks>
/// A row is Absent -> Started -> Linked and never goes back. Several threads may insert different rows at once, and any number search meanwhile.
///
/// Insertion: (1) under the growth lock the row gets its level, its blocks and counts as Started; (2) its neighbours on all levels are found and
/// its own lists written, while nobody can reach it; (3) level by level from the bottom, its neighbours link back to it under their spin locks,
/// so that it can be reached on a level only when it has links on all levels below; (4) if it is higher than the entry point it becomes the entry
/// point, under the entry lock, which is held from before (2); (5) it is Linked.
///
/// What holds for a searcher, which takes no lock, on x86 and on Arm:
/// - A block's count never exceeds its capacity, and the first count links are rows that were Started: links are written before the count,
///   each with release order, and read with acquire order. A list that is being rewritten may show a mixture of its old and its new links.
/// - A row is Started, its vector published and its blocks in place before any link to it is written. A walk notes the limit of Started rows once,
///   before it reads any table of chunks, and ignores links to later rows.
/// - The entry point is written with release order after its lists.
/// Writers hold one spin lock at a time and nothing is awaited or called outside under it, so there is no dead lock.
/// </remarks>
public sealed unsafe partial class HnswGraph : IDisposable
{
    // A row's byte of state: its level in the low bits.
    private const byte LevelMask = 0x1F;
    private const byte Started = 0x40;
    private const byte Linked = 0x80;
    private const long NoEntry = -1;

    private readonly VectorCodes _codes;  // what is walked on
    private readonly NodeLayout _baseLayout;
    private readonly NodeLayout _upperLayout;
    private readonly Lock _growth = new();
    private readonly Lock _entryLock = new();
    private readonly bool _isMapped;

    private StridedChunks _base;          // row -> level-0 block: code and links
    private StridedChunks _sketches;      // row -> sketch, where the graph has them
    private StridedChunks _upper;         // slot -> block of one node on one level above 0
    private StridedChunks _upperFirst;    // row -> int32, the slot of its level 1; its level l has slot + l - 1; only for rows above level 0
    private StridedChunks _state;         // row -> byte
    private StridedChunks _nextEqual;     // row -> int32, 1 + the next row of its chain of equal vectors, 0 at the end (HnswGraph.Equals.cs)
    private StridedChunks _locks;         // row -> int32, 1 while a writer changes its lists; growing graphs only
    private Int8Codec? _int8;             // once there is a row, if codes are walked on
    private PrincipalSketch? _sketch;
    private int _upperCount;
    private int _rowLimit;
    private int _started;
    private int _count;
    private long _entry = NoEntry;        // level << 32 | row
    private bool _disposed;

    /// <summary>An empty graph that grows.</summary>
    /// <param name="rows">The vectors; unit length when the metric is cosine. They outlive the graph.</param>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="options">How the graph is built.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside <see cref="HnswLimits"/>.</exception>
    public HnswGraph(VectorRows rows, Metric metric, HnswOptions options)
        : this(rows, metric, options, options.Codes is VectorCodes.None ? VectorCodes.None : VectorCodes.Int8, isMapped: false)
    {
        _base = new StridedChunks(_baseLayout.Stride);
        _upper = new StridedChunks(_upperLayout.Stride);
        _upperFirst = new StridedChunks(sizeof(int));
        _state = new StridedChunks(sizeof(byte));
        _nextEqual = new StridedChunks(sizeof(int));
        _locks = new StridedChunks(sizeof(int));
    }

    private HnswGraph(VectorRows rows, Metric metric, HnswOptions options, VectorCodes codes, bool isMapped)
    {
        options.Validate();
        Rows = rows;
        Metric = metric;
        Options = options;
        _isMapped = isMapped;
        _codes = codes;
        _baseLayout = new NodeLayout(2 * options.M, CodeBytesOf(codes, rows.Dimension));
        _upperLayout = new NodeLayout(options.M, codeBytes: 0);
    }

    public VectorRows Rows { get; }

    public Metric Metric { get; }

    public HnswOptions Options { get; }

    /// <summary>Rows 0 to this, exclusive, are all linked and found by searches that begin now. Later rows may be linked too while several threads insert.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of links, codes and of what finds them; 0 when a mapped file holds them.</summary>
    public long MemoryBytes
    {
        get
        {
            if (_isMapped)
                return _image?.Bytes ?? 0;
            long rows = Volatile.Read(ref _rowLimit);
            return (rows * (_baseLayout.Stride + (_sketch is null ? 0 : PrincipalSketch.Bytes) + (3 * sizeof(int)) + sizeof(byte))) + ((long)Volatile.Read(ref _upperCount) * _upperLayout.Stride);
        }
    }

    /// <summary>Bytes of codes, with what was learned for those of a graph that was read from an image.</summary>
    public long CodeBytes => ((long)Volatile.Read(ref _rowLimit) * _baseLayout.CodeBytes) + (_isMapped ? sizeof(float) * (long)GraphCodes.FloatsOf(_codes, HasSketches, Rows.Dimension) : 0);

    /// <summary>Bytes of sketches.</summary>
    public long SketchBytes => HasSketches ? (long)Volatile.Read(ref _rowLimit) * PrincipalSketch.Bytes : 0;

    /// <summary>Frees the links. No search and no insertion is running or comes later.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Volatile.Write(ref _entry, NoEntry);
        Volatile.Write(ref _count, 0);
        _base.Dispose();
        _sketches.Dispose();
        _upper.Dispose();
        _upperFirst.Dispose();
        _state.Dispose();
        _nextEqual.Dispose();
        _locks.Dispose();
        FreeImage();
    }

    private static int RowOf(long entry) => (int)entry;

    private static int LevelOf(long entry) => (int)(entry >> 32);

    private int LevelOfRow(int row) => *_state.At(row) & LevelMask;

    /// <summary>The links of a node on one of its levels.</summary>
    private int* LinksOf(int row, int level) => level == 0 ? BaseLevel.Links(this, row, 0) : UpperLevel.Links(this, row, level);

    /// <summary>Where the links of a level are, as a type argument, so that the loops over level 0 do not ask which level it is.</summary>
    private interface ILevel
    {
        static abstract int* Links(HnswGraph graph, int row, int level);
    }

    private readonly struct BaseLevel : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static int* Links(HnswGraph graph, int row, int level) => (int*)(graph._base.At(row) + graph._baseLayout.LinksOffset);
    }

    private readonly struct UpperLevel : ILevel
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static int* Links(HnswGraph graph, int row, int level) => (int*)graph._upper.At(*(int*)graph._upperFirst.At(row) + level - 1);
    }
}
