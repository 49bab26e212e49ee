namespace JadeVector.Engine.Blobs;

/// <summary>
/// The storage that everything durable goes through: small blobs replaced under a condition, append blobs that grow under a
/// condition, and large immutable blobs written once. Names are relative paths with '/' between parts, made of
/// <c>[A-Za-z0-9._-]</c>; no part is empty, "." or "..".
/// </summary>
/// <remarks>
/// Every implementation passes one contract suite (Tests/Engine/Blobs/BlobStoreContract). An operation that returns has taken
/// effect durably: after a power cut its result is still there. An operation that throws <see cref="BlobStoreException"/> has an
/// <em>unknown</em> outcome: it may have taken effect, may still take effect later, or never. Conditions that do not hold are
/// results, not exceptions. Implementations never retry appends or conditional puts by themselves.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Reads a whole small blob.</summary>
    /// <returns>Null when there is no such blob.</returns>
    /// <exception cref="BlobDamagedException">The stored bytes fail their checksum.</exception>
    Task<BlobContent?> GetAsync(string name, CancellationToken cancellation);

    /// <summary>Replaces or creates a whole small blob (at most <see cref="BlobLimits.PutSizeBytesMax"/>), all or nothing.</summary>
    Task<PutResult> PutAsync(string name, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellation);

    /// <summary>Starts writing a large immutable blob; it exists only after <see cref="BlobUpload.CommitAsync"/>. Names are never reused.</summary>
    Task<BlobUpload> CreateAsync(string name, CancellationToken cancellation);

    /// <summary>Creates an empty append blob.</summary>
    /// <returns>False when a blob of that name exists already; it is left as it is.</returns>
    Task<bool> CreateAppendAsync(string name, CancellationToken cancellation);

    /// <summary>Appends bytes (1 to <see cref="BlobLimits.AppendSizeBytesMax"/>) to an append blob, all or nothing.</summary>
    /// <param name="expectedLength">The append happens only if the blob is this long in bytes; null appends wherever the end is.</param>
    Task<AppendResult> AppendAsync(string name, ReadOnlyMemory<byte> bytes, long? expectedLength, CancellationToken cancellation);

    /// <summary>Reads bytes from <paramref name="offset"/> into <paramref name="buffer"/>.</summary>
    /// <returns>Bytes read: less than the buffer only at the end of the blob, 0 at or past it; null when there is no such blob.</returns>
    Task<int?> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>The length in bytes, or null when there is no such blob.</summary>
    Task<long?> GetLengthAsync(string name, CancellationToken cancellation);

    /// <summary>Deletes a blob of any kind.</summary>
    /// <returns>False when there was none.</returns>
    Task<bool> DeleteAsync(string name, CancellationToken cancellation);

    /// <summary>Deletes a whole small blob (one that was put) if it is still the version that was read. Never repeated by an implementation, as conditional puts.</summary>
    /// <returns>False when it is another version now, or there is none.</returns>
    Task<bool> DeleteIfMatchAsync(string name, string version, CancellationToken cancellation);

    /// <summary>All blobs whose name starts with <paramref name="prefix"/> (a whole number of parts, ending in '/', or empty), in ordinal order of name.</summary>
    IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellation);

    /// <summary>Makes an immutable blob available as a local file for memory mapping, fetching it first where the store is remote.</summary>
    /// <returns>The file and where the blob's bytes start in it; null when there is no such blob. Dispose it when the mapping is gone.</returns>
    Task<LocalBlob?> OpenLocalAsync(string name, CancellationToken cancellation);
}

/// <summary>A whole blob and the version to name in <see cref="PutCondition.IfMatch"/>.</summary>
public sealed record BlobContent(ReadOnlyMemory<byte> Bytes, string Version);

/// <summary>A blob in a list.</summary>
/// <param name="Name">Its whole name.</param>
/// <param name="LengthBytes">Its length; for an append blob what it takes in the store, which may be a little more than its content (lists open no blobs).</param>
public sealed record BlobEntry(string Name, long LengthBytes);

/// <summary>When a put may take effect.</summary>
public readonly record struct PutCondition(string? Version, bool MustBeAbsent)
{
    /// <summary>Always.</summary>
    public static PutCondition None => default;

    /// <summary>Only if no blob of that name exists.</summary>
    public static PutCondition IfAbsent => new(null, true);

    /// <summary>Only if the blob's version is still this one.</summary>
    public static PutCondition IfMatch(string version) => new(version, false);
}

/// <summary>Done, with the new version; or not done because the condition did not hold.</summary>
public readonly record struct PutResult(string? Version)
{
    public bool Done => Version is not null;

    public static PutResult ConditionFailed => default;
}

public enum AppendStatus
{
    /// <summary>The bytes are durable at the expected position.</summary>
    Appended,

    /// <summary>The blob is not as long as expected; nothing was written by this call (an earlier, unanswered one may have been).</summary>
    LengthMismatch,

    /// <summary>There is no such append blob.</summary>
    Missing,

    /// <summary>The blob has reached the store's own limit of appends or size.</summary>
    Full,
}

/// <summary>The outcome of an append. There is no offset on purpose: a position is known from the expected length or by reading.</summary>
public readonly record struct AppendResult(AppendStatus Status);

/// <summary>A large immutable blob being written. Disposing without a commit leaves nothing behind.</summary>
public abstract class BlobUpload : IAsyncDisposable
{
    /// <summary>Bytes written so far.</summary>
    public abstract long LengthBytes { get; }

    public abstract Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Makes the blob exist, durably and whole.</summary>
    /// <returns>False when a blob of that name exists already.</returns>
    public abstract Task<bool> CommitAsync(CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();
}

/// <summary>An immutable blob as part of a local file.</summary>
/// <param name="path">The file.</param>
/// <param name="offset">Where the blob's first byte is in the file; a multiple of 64.</param>
/// <param name="lengthBytes">The blob's length.</param>
public class LocalBlob(string path, long offset, long lengthBytes) : IDisposable
{
    public string Path { get; } = path;

    public long Offset { get; } = offset;

    public long LengthBytes { get; } = lengthBytes;

    /// <summary>Releases the file; a cached copy may then be evicted.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>For stores that keep cached copies.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}

public static class BlobLimits
{
    /// <summary>Largest append, as Azure has it: 4 MiB.</summary>
    public const int AppendSizeBytesMax = 4 * 1024 * 1024;

    /// <summary>Largest blob for <see cref="IBlobStore.PutAsync"/>: 16 MiB.</summary>
    public const int PutSizeBytesMax = 16 * 1024 * 1024;

    /// <summary>Most appends to one blob, as Azure has it.</summary>
    public const int AppendCountMax = 50_000;
}
