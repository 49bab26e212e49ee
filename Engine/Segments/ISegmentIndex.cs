using JadeVector.Engine.Distance;

namespace JadeVector.Engine.Segments;

/// <summary>An index over all rows of a segment, built when the segment is written and read where it is mapped. Any number of threads may search.</summary>
internal interface ISegmentIndex : IDisposable
{
    /// <summary>Where segments keep it.</summary>
    SegmentSection Section { get; }

    /// <summary>Rows 0 to this, exclusive, are found.</summary>
    int Count { get; }

    /// <summary>Bytes of native memory; 0 when a mapped file holds it.</summary>
    long MemoryBytes { get; }

    long ImageBytes { get; }

    /// <summary>Bytes of the image that are codes, with what was learned for them.</summary>
    long CodeBytes { get; }

    /// <summary>What is stored. Good for as long as this lives.</summary>
    ReadOnlySpan<byte> ImageSlice(long offset, int length);

    /// <summary>About how many rows a search looks at: with as many as there are, a scan costs no more.</summary>
    long RowsLookedAt(int probes);

    /// <summary>Finds rows near to a query: k, or all that the filter includes when they are fewer.</summary>
    /// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="k">1 or more.</param>
    /// <param name="probes">Cells, or buckets of each table, to look into, 1 or more; what is more than there are is the same as all.</param>
    /// <param name="rescore">Where rows have codes, so many for each row asked for are compared by their vectors.</param>
    /// <param name="filter">Rows that it leaves out are not returned and take nobody's place.</param>
    /// <param name="results">Takes the rows, nearest first, ties by lower row; room for k.</param>
    /// <param name="stats">The work is added.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    int Search<TFilter>(
        ReadOnlySpan<float> query, int k, int probes, int rescore, TFilter filter, Span<RowDistance> results, ref SearchStats stats, CancellationToken cancellation)
        where TFilter : struct, IRowFilter;
}
