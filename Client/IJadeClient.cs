namespace JadeVector.Client;

/// <summary>
/// What a JadeVector database system does, however it is reached: <see cref="JadeClient"/> speaks HTTP, and the package
/// Client.Cluster calls the silos of a cluster directly. Any number of threads may use one client; it never repeats a request by itself.
/// </summary>
/// <exception cref="JadeApiException">Every call: the request was refused.</exception>
public interface IJadeClient
{
    /// <summary>Creates a database.</summary>
    /// <returns>Its id.</returns>
    Task<string> CreateDatabaseAsync(DatabaseDefinition definition, CancellationToken cancellation = default);

    Task<Database> GetDatabaseAsync(string databaseId, CancellationToken cancellation = default);

    /// <summary>The database of that name, or null.</summary>
    Task<Database?> FindDatabaseAsync(string name, CancellationToken cancellation = default);

    /// <summary>All databases, in order of id.</summary>
    Task<IReadOnlyList<Database>> ListDatabasesAsync(CancellationToken cancellation = default);

    Task<Database> UpdateDatabaseAsync(string databaseId, DatabaseUpdate update, CancellationToken cancellation = default);

    Task DeleteDatabaseAsync(string databaseId, CancellationToken cancellation = default);

    /// <summary>State and counts of every shard.</summary>
    Task<DatabaseStatus> GetDatabaseStatusAsync(string databaseId, CancellationToken cancellation = default);

    /// <summary>Whether requests are taken now; no answer is false.</summary>
    Task<bool> IsReadyAsync(CancellationToken cancellation = default);

    /// <summary>Inserts the vector, or replaces the one of its id. Durable when the call returns.</summary>
    Task<WriteReceipt> UpsertAsync(string databaseId, VectorInput vector, WriteOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Replaces the vector of an id that exists; <c>not_found</c> where none does.</summary>
    Task<WriteReceipt> ReplaceAsync(string databaseId, VectorInput vector, WriteOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Inserts or replaces many. An item that fails does not harm the others unless the batch is atomic.</summary>
    Task<BatchReceipt> UpsertAsync(
        string databaseId, IReadOnlyList<VectorInput> vectors, WriteOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Deletes the vector of an id.</summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> DeleteAsync(string databaseId, string vectorId, WriteOptions? options = null, CancellationToken cancellation = default);

    /// <summary>The vector of an id, or null.</summary>
    Task<StoredVector?> GetAsync(string databaseId, string vectorId, ReadOptions? options = null, CancellationToken cancellation = default);

    /// <summary>The vectors of many ids, in their order; null where there is none.</summary>
    Task<IReadOnlyList<StoredVector?>> GetAsync(
        string databaseId, IReadOnlyList<string> vectorIds, ReadOptions? options = null, CancellationToken cancellation = default);

    /// <summary>A page of vectors.</summary>
    /// <param name="limit">Vectors in the page, at most.</param>
    /// <param name="cursor"><see cref="VectorPage.NextCursor"/> of the page before; null starts.</param>
    Task<VectorPage> ListAsync(
        string databaseId, int limit = 100, string? cursor = null, ReadOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Finds the vectors most similar to a vector or a text.</summary>
    Task<SearchResponse> SearchAsync(string databaseId, SearchRequest search, ReadOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Writes any number of vectors in one streaming request. Lines that fail do not harm the others.</summary>
    /// <param name="vectors">Read as fast as the server takes them.</param>
    /// <param name="progress">Gets the number of vectors sent so far, from time to time.</param>
    /// <returns>Counts and the first errors; what is imported is durable.</returns>
    /// <exception cref="JadeApiException">No line was stored, or the server gave up on the way.</exception>
    Task<ImportSummary> ImportAsync(
        string databaseId, IAsyncEnumerable<VectorInput> vectors, IProgress<long>? progress = null, CancellationToken cancellation = default);

    /// <summary>Keeps the state of now, with every write that was acknowledged before.</summary>
    /// <param name="label">Need not be unique.</param>
    Task<Snapshot> CreateSnapshotAsync(string databaseId, string label = "", CancellationToken cancellation = default);

    /// <summary>Oldest first.</summary>
    Task<IReadOnlyList<Snapshot>> ListSnapshotsAsync(string databaseId, CancellationToken cancellation = default);

    Task DeleteSnapshotAsync(string databaseId, string snapshotId, CancellationToken cancellation = default);

    /// <summary>Makes a new database from a snapshot.</summary>
    /// <param name="name">Of the new database.</param>
    /// <param name="at">Leave out what was written after this moment; null for the whole snapshot.</param>
    /// <returns>Its id. While there is much to copy, its routes are refused as <c>loading</c>.</returns>
    Task<string> RestoreSnapshotAsync(string databaseId, string snapshotId, string name, DateTimeOffset? at = null, CancellationToken cancellation = default);

    /// <summary>Writes a snapshot as one file.</summary>
    /// <param name="target">Written to as the bytes come.</param>
    Task ExportSnapshotAsync(string databaseId, string snapshotId, Stream target, CancellationToken cancellation = default);

    /// <summary>Makes a new database from such a file.</summary>
    /// <returns>Its id.</returns>
    Task<string> ImportSnapshotAsync(string name, Stream source, CancellationToken cancellation = default);

    /// <summary>Makes a new database that begins with the state of now and shares what is stored.</summary>
    /// <returns>Its id.</returns>
    Task<string> CreateBranchAsync(string databaseId, string name, CancellationToken cancellation = default);

    /// <summary>Rewrites what is stored without deleted vectors, in as few segments as can be.</summary>
    /// <returns>False when it was still going on at the end of the request's time; it goes on by itself.</returns>
    Task<bool> CompactAsync(string databaseId, CancellationToken cancellation = default);
}
