using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>Reads of many vectors, in calls that each answer with well under 4 MiB.</summary>
internal static class VectorPages
{
    private const int AnswerBytes = 3 * 1024 * 1024;

    /// <summary>Room for id, metadata and text of an ordinary vector.</summary>
    private const int OtherBytesPerVector = 2 * 1024;

    /// <summary>The vectors of those ids, in their order.</summary>
    public static async Task<IReadOnlyList<VectorRecord?>> GetAsync(
        IVectorStore store, DatabaseDescription database, IReadOnlyList<string> ids, ReadOptions options, CancellationToken cancellation)
    {
        var found = new List<VectorRecord?>(ids.Count);
        foreach (var chunk in ids.Chunk(VectorsPerCall(database, options.IncludeValues)))
            found.AddRange(await store.GetAsync(database.Id, chunk, options, cancellation));
        return found;
    }

    /// <summary>A page of up to <paramref name="limit"/> vectors.</summary>
    public static async Task<VectorPage> ReadAsync(
        IVectorStore store, DatabaseDescription database, long offset, int limit, string? cursor, ReadOptions options, CancellationToken cancellation)
    {
        var vectors = new List<VectorRecord>();
        VectorPage page;
        do
        {
            var take = Math.Min(limit - vectors.Count, VectorsPerCall(database, options.IncludeValues));
            page = await store.ListAsync(database.Id, vectors.Count == 0 ? offset : 0, take, cursor, options, cancellation);
            vectors.AddRange(page.Vectors);
            cursor = page.NextCursor;
        }
        while (vectors.Count < limit && cursor is not null);

        return page with { Vectors = vectors };
    }

    private static int VectorsPerCall(DatabaseDescription database, bool withValues) =>
        Math.Max(1, AnswerBytes / (OtherBytesPerVector + (withValues ? database.Settings.Dimension * sizeof(float) : 0)));
}
