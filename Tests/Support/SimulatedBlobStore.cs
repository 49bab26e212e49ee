using System.Runtime.CompilerServices;
using JadeVector.Engine.Blobs;
using JadeVector.Simulation.Storage;

namespace JadeVector.Tests.Support;

/// <summary>
/// A blob store in memory whose misfortunes are scripted: an operation fails before its effect, takes effect and loses its answer,
/// or is held and lands when the test says so; the whole store goes away; bytes flip and logs are cut. Without faults every
/// operation ends synchronously, so that a run is a function of its script.
/// </summary>
/// <remarks>
/// Parts: this file is <see cref="IBlobStore"/>; SimulatedBlobStore.Faults.cs is the script; SimulatedBlobs.cs is what is stored.
/// Cancelling a held operation frees its caller and nothing else: its effect still lands on release, as a request that is already
/// on the wire does.
/// </remarks>
public sealed partial class SimulatedBlobStore : IBlobStore, IDisposable
{
    private readonly SimulatedBlobs _blobs = new();

    public Task<BlobContent?> GetAsync(string name, CancellationToken cancellation) =>
        RunAsync(BlobOperation.Get, name, () => _blobs.Get(name), cancellation);

    public Task<PutResult> PutAsync(string name, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(content.Length, BlobLimits.PutSizeBytesMax, nameof(content));
        var copy = content.ToArray();
        return RunAsync(BlobOperation.Put, name, () => _blobs.Put(name, copy, condition), cancellation);
    }

    public Task<BlobUpload> CreateAsync(string name, CancellationToken cancellation)
    {
        SimulatedBlobs.CheckName(name);
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult<BlobUpload>(new Upload(this, name));
    }

    public Task<bool> CreateAppendAsync(string name, CancellationToken cancellation) =>
        RunAsync(BlobOperation.CreateAppend, name, () => _blobs.CreateAppend(name), cancellation);

    public Task<AppendResult> AppendAsync(string name, ReadOnlyMemory<byte> bytes, long? expectedLength, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytes.Length, nameof(bytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, BlobLimits.AppendSizeBytesMax, nameof(bytes));
        var copy = bytes.ToArray();
        return RunAsync(BlobOperation.Append, name, () => new AppendResult(_blobs.Append(name, copy, expectedLength, AppendCountMax)), cancellation);
    }

    public Task<int?> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellation) =>
        RunAsync(BlobOperation.Read, name, () => _blobs.Read(name, offset, buffer.Span), cancellation);

    public Task<long?> GetLengthAsync(string name, CancellationToken cancellation) =>
        RunAsync(BlobOperation.GetLength, name, () => _blobs.Length(name), cancellation);

    public Task<bool> DeleteAsync(string name, CancellationToken cancellation) =>
        RunAsync(BlobOperation.Delete, name, () => _blobs.Delete(name), cancellation);

    public Task<bool> DeleteIfMatchAsync(string name, string version, CancellationToken cancellation) =>
        RunAsync(BlobOperation.Delete, name, () => _blobs.Delete(name, version), cancellation);

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var entry in await RunAsync(BlobOperation.List, prefix, () => _blobs.List(prefix), cancellation))
        {
            yield return entry;
        }
    }

    public Task<LocalBlob?> OpenLocalAsync(string name, CancellationToken cancellation) =>
        RunAsync(BlobOperation.OpenLocal, name, () => _blobs.OpenLocal(name), cancellation);

    /// <summary>Removes the files that were made for mapping.</summary>
    public void Dispose() => _blobs.Dispose();

    private sealed class Upload(SimulatedBlobStore store, string name) : BlobUpload
    {
        private readonly MemoryStream _bytes = new();
        private bool _committed;

        public override long LengthBytes => _bytes.Length;

        public override Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
        {
            ObjectDisposedException.ThrowIf(_committed, this);
            return store.RunAsync(
                BlobOperation.UploadWrite,
                name,
                () =>
                {
                    _bytes.Write(bytes.Span);
                    return true;
                },
                cancellation);
        }

        public override Task<bool> CommitAsync(CancellationToken cancellation)
        {
            ObjectDisposedException.ThrowIf(_committed, this);
            _committed = true;
            return store.RunAsync(BlobOperation.UploadCommit, name, () => store._blobs.CreateImmutable(name, _bytes.ToArray()), cancellation);
        }

        public override ValueTask DisposeAsync() => _bytes.DisposeAsync();
    }
}
