using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Blobs.Local;

public sealed partial class LocalBlobStore
{
    /// <summary>Grows as a temporary file, its first 64 bytes left for the header that is known at the end. One caller at a time.</summary>
    private sealed class LocalUpload(LocalBlobStore store, string name, string path) : BlobUpload
    {
        private readonly IFile _file = store._files.Create(path);
        private long _lengthBytes;
        private uint _crc;
        private bool _closed;

        public override long LengthBytes => _lengthBytes;

        public override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            await store.RunAsync("upload", name, () => Write(bytes.Span), cancellation);
        }

        public override async Task<bool> CommitAsync(CancellationToken cancellation)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return await store.RunAsync("commit", name, Commit, cancellation);
        }

        public override async ValueTask DisposeAsync()
        {
            if (_closed)
                return;
            if (store.IsClosing)
                _file.Dispose();   // the temporary file goes at the next opening
            else
                await store.RunAsync("drop the upload of", name, Drop, CancellationToken.None);
        }

        private bool Write(ReadOnlySpan<byte> bytes)
        {
            _file.Write(ContentHeader.SizeBytes + _lengthBytes, bytes);
            _crc = Crc32C.Compute(bytes, _crc);
            _lengthBytes += bytes.Length;
            return true;
        }

        private bool Commit()
        {
            Span<byte> header = stackalloc byte[ContentHeader.SizeBytes];
            new ContentHeader(store._ids.NewGuid(), _lengthBytes, _crc).Write(header);
            _file.Write(0, header);
            _file.Flush(FlushReason.NewContent);
            lock (store.Stripe(name))
            {
                if (store.Exists(name))
                    return false;
                store._tree.Publish(path, name);
            }

            _closed = true;
            _file.Dispose();
            return true;
        }

        private bool Drop()
        {
            _closed = true;
            _file.Dispose();
            return store._files.DeleteFile(path);
        }
    }
}
