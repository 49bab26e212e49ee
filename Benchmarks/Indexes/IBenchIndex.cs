using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Benchmarks.Indexes;

/// <summary>An index as the harness drives it: build once, search with several settings.</summary>
public interface IBenchIndex : IDisposable
{
    /// <summary>The kind, as it is reported.</summary>
    string Name { get; }

    /// <summary>What it was built with, in the order of the report.</summary>
    IReadOnlyList<KeyValuePair<string, object>> BuildParameters { get; }

    /// <summary>The parameter of a search that trades speed for recall; null where there is none.</summary>
    Knob? Knob { get; }

    /// <summary>Bytes of this process's memory that the index takes, the vectors included where it needs them in memory.</summary>
    long BytesInMemory { get; }

    /// <summary>Rows that <see cref="Build"/> has done, 0 to all; of what is built over all rows at once, the share of the work in rows. May be read while it builds.</summary>
    int RowsBuilt { get; }

    /// <summary>Builds over all rows; called once, before anything else but <see cref="RowsBuilt"/>.</summary>
    /// <param name="rows">Unit length when the metric is cosine; they outlive the index.</param>
    /// <param name="threads">Threads to build with. With one, the same rows and parameters give the same index.</param>
    /// <param name="cancellation">Looked at every few milliseconds.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    void Build(VectorRows rows, Metric metric, int threads, CancellationToken cancellation);

    /// <summary>A searcher for one thread.</summary>
    IBenchSearcher CreateSearcher();
}

/// <summary>Searches an index; used by one thread at a time.</summary>
public interface IBenchSearcher
{
    /// <summary>Finds the rows nearest to a query.</summary>
    /// <param name="setting">The value of the <see cref="Knob"/>.</param>
    /// <param name="found">Takes row numbers; room for <paramref name="k"/>.</param>
    /// <returns>How many rows were found.</returns>
    int Search(ReadOnlySpan<float> query, int k, int setting, Span<int> found);
}

/// <summary>A parameter of searches: more of it finds more and costs more.</summary>
/// <param name="Sweep">The values that are measured when none are asked for, ascending.</param>
public sealed record Knob(string Name, int Min, int Max, IReadOnlyList<int> Sweep);
