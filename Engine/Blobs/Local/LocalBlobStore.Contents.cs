using System.Buffers;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Blobs.Local;

public sealed partial class LocalBlobStore
{
    public Task<BlobContent?> GetAsync(string name, CancellationToken cancellation) =>
        RunOnBlobAsync("get", name, () => Get(name), cancellation);

    public async Task<PutResult> PutAsync(string name, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellation)
    {
        if (content.Length > BlobLimits.PutSizeBytesMax)
            throw new ArgumentException($"A put takes at most {BlobLimits.PutSizeBytesMax} bytes, not {content.Length}.", nameof(content));
        return await RunOnBlobAsync("put", name, () => Put(name, content.Span, condition), cancellation);
    }

    public async Task<BlobUpload> CreateAsync(string name, CancellationToken cancellation) =>
        await RunOnBlobAsync("create", name, () => new LocalUpload(this, name, NewTemporaryPath()), cancellation);

    public Task<LocalBlob?> OpenLocalAsync(string name, CancellationToken cancellation) =>
        RunOnBlobAsync("open", name, () => OpenLocal(name), cancellation);

    private BlobContent? Get(string name)
    {
        lock (Stripe(name))
        {
            using var file = OpenContent(name, out var header);
            if (file is null)
                return null;
            if (header.LengthBytes > BlobLimits.PutSizeBytesMax)
                throw new InvalidOperationException($"'{name}' is {header.LengthBytes} bytes long: read it in parts.");
            var content = new byte[header.LengthBytes];
            header.CheckContent(name, content.AsSpan(0, file.Read(ContentHeader.SizeBytes, content)));
            return new BlobContent(content, header.VersionText);
        }
    }

    private PutResult Put(string name, ReadOnlySpan<byte> content, PutCondition condition)
    {
        lock (Stripe(name))
        {
            if (!Holds(name, condition))
                return PutResult.ConditionFailed;
            var header = new ContentHeader(_ids.NewGuid(), content.Length, Crc32C.Compute(content));
            var path = NewTemporaryPath();
            try
            {
                using (var file = _files.Create(path))
                {
                    WriteContent(file, header, content);
                    file.Flush(FlushReason.NewContent);
                }

                _tree.Publish(path, name);
            }
            catch
            {
                _files.DeleteFile(path);
                throw;
            }

            return new PutResult(header.VersionText);
        }
    }

    private static void WriteContent(IFile file, ContentHeader header, ReadOnlySpan<byte> content)
    {
        var size = ContentHeader.SizeBytes + content.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            header.Write(buffer);
            content.CopyTo(buffer.AsSpan(ContentHeader.SizeBytes));
            file.Write(0, buffer.AsSpan(0, size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private bool Holds(string name, PutCondition condition)
    {
        if (condition.MustBeAbsent)
            return !Exists(name);
        if (condition.Version is not { } version)
            return true;
        using var file = OpenContent(name, out var header);
        return file is not null && header.VersionText == version;
    }

    private LocalBlob? OpenLocal(string name)
    {
        using var file = OpenContent(name, out var header);
        return file is null ? null : new LocalBlob(_tree.PathOf(name), ContentHeader.SizeBytes, header.LengthBytes);
    }

    private int? Read(string name, long offset, Span<byte> target)
    {
        if (_appendFiles.TryRent(name, out var lease))
        {
            using (lease)
            {
                if (lease.Open(() => OpenAppend(name)) is { } open)
                    return open.Read(offset, target);
            }
        }

        return Kind(name, out _) switch
        {
            null => null,
            true => ReadAppend(name, offset, target),
            false => ReadContent(name, offset, target),
        };
    }

    private int? ReadAppend(string name, long offset, Span<byte> target)
    {
        using var lease = _appendFiles.Rent(name);
        return lease.Open(() => OpenAppend(name))?.Read(offset, target);
    }

    private int? ReadContent(string name, long offset, Span<byte> target)
    {
        using var file = OpenContent(name, out var header);
        if (file is null)
            return null;
        var count = (int)Math.Clamp(header.LengthBytes - offset, 0, target.Length);
        var read = count == 0 ? 0 : file.Read(ContentHeader.SizeBytes + offset, target[..count]);
        return read == count ? read : throw new BlobDamagedException(name, "its file became shorter while it was read");
    }

    /// <summary>True for an append blob, false for a whole one, null when there is none.</summary>
    private bool? Kind(string name, out ContentHeader header)
    {
        header = default;
        if (!_tree.Settle(StoreTree.ParentOf(name)))
            return null;
        using var file = _files.Open(_tree.PathOf(name));
        if (file is null)
            return null;
        Span<byte> start = stackalloc byte[LocalFormat.HeaderSizeBytes];
        start = start[..file.Read(0, start)];
        if (!IsContent(start))
            return true;   // or damaged, which opening it as an append blob finds out
        header = ReadHeader(name, file, start);
        return false;
    }

    /// <summary>Opens a whole blob and checks its header and length; null when there is none.</summary>
    private IFile? OpenContent(string name, out ContentHeader header)
    {
        header = default;
        if (!_tree.Settle(StoreTree.ParentOf(name)) || _files.Open(_tree.PathOf(name)) is not { } file)
            return null;
        try
        {
            Span<byte> start = stackalloc byte[LocalFormat.HeaderSizeBytes];
            header = ReadHeader(name, file, start[..file.Read(0, start)]);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ContentHeader ReadHeader(string name, IFile file, ReadOnlySpan<byte> start)
    {
        var header = ContentHeader.Read(name, start);
        var length = file.Length - ContentHeader.SizeBytes;
        return length == header.LengthBytes
            ? header
            : throw new BlobDamagedException(name, $"its file holds {length} bytes of content, its header says {header.LengthBytes}");
    }

    private bool Exists(string name) =>
        _tree.Settle(StoreTree.ParentOf(name)) && _files.FileExists(_tree.PathOf(name));

    private string NewTemporaryPath() => Path.Join(Root, TemporaryName, _ids.NewGuid().ToString("N"));
}
