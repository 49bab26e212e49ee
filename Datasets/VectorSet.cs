using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Datasets;

/// <summary>Vectors to load, off the managed heap, and vectors to search with.</summary>
public sealed class VectorSet(NativeVectorRows rows, IReadOnlyList<float[]> queries) : IDisposable
{
    public NativeVectorRows Rows { get; } = rows;

    public IReadOnlyList<float[]> Queries { get; } = queries;

    /// <param name="countMax">Rows to read at most; null reads all.</param>
    /// <param name="queriesMax">Queries to read at most.</param>
    /// <param name="unitLength">Whether to scale every vector to unit length, as the cosine wants.</param>
    /// <exception cref="DatasetException">A file is damaged, empty, or the two do not fit.</exception>
    public static VectorSet Read(Dataset.Vectors dataset, int? countMax, int queriesMax, bool unitLength = false)
    {
        var queries = ReadQueries(dataset.QueryPath, queriesMax, unitLength);
        using var source = RowSource.Open(dataset.BasePath);
        if (queries.Count == 0) throw new DatasetException($"{dataset.QueryPath} holds no vector.");
        if (source.Dimension != queries[0].Length)
            throw new DatasetException($"{dataset.BasePath} has {source.Dimension} components a row, {dataset.QueryPath} has {queries[0].Length}.");
        var rows = new NativeVectorRows(source.Dimension);
        try
        {
            var row = new float[source.Dimension];
            while (rows.Count < (countMax ?? int.MaxValue) && source.Read(row))
            {
                if (unitLength) DistanceKernels.Normalize(row);
                rows.Append(row);
            }

            if (rows.Count == 0) throw new DatasetException($"{dataset.BasePath} holds no vector.");
            return new VectorSet(rows, queries);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    public void Dispose() => Rows.Dispose();

    private static List<float[]> ReadQueries(string path, int max, bool unitLength)
    {
        using var source = RowSource.Open(path);
        var queries = new List<float[]>();
        var row = new float[source.Dimension];
        while (queries.Count < max && source.Read(row))
        {
            if (unitLength) DistanceKernels.Normalize(row);
            queries.Add([.. row]);
        }

        return queries;
    }
}
