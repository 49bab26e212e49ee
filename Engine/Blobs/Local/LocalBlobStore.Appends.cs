using JadeVector.Engine.Blobs.Files;

namespace JadeVector.Engine.Blobs.Local;

public sealed partial class LocalBlobStore
{
    public Task<bool> CreateAppendAsync(string name, CancellationToken cancellation) =>
        RunOnBlobAsync("create", name, () => CreateAppend(name), cancellation);

    public async Task<AppendResult> AppendAsync(string name, ReadOnlyMemory<byte> bytes, long? expectedLength, CancellationToken cancellation)
    {
        if (bytes.Length is 0 or > BlobLimits.AppendSizeBytesMax)
            throw new ArgumentException($"An append takes 1 to {BlobLimits.AppendSizeBytesMax} bytes, not {bytes.Length}.", nameof(bytes));
        return new AppendResult(await RunOnBlobAsync(
            "append to",
            name,
            () => WithAppendFile(name, file => file?.Append(bytes.Span, expectedLength) ?? AppendStatus.Missing),
            cancellation));
    }

    private bool CreateAppend(string name)
    {
        lock (Stripe(name))
        {
            if (Exists(name))
                return false;
            var path = NewTemporaryPath();
            try
            {
                using (var file = _files.Create(path))
                {
                    Span<byte> header = stackalloc byte[AppendFormat.FileHeaderSizeBytes];
                    AppendFormat.WriteFileHeader(header, _ids.NewGuid());
                    file.Write(0, header);
                    file.Flush(FlushReason.NewContent);
                }

                _tree.Publish(path, name);
            }
            catch
            {
                _files.DeleteFile(path);
                throw;
            }

            return true;
        }
    }

    private T WithAppendFile<T>(string name, Func<AppendFile?, T> use)
    {
        using var lease = _appendFiles.Rent(name);
        return use(lease.Open(() => OpenAppend(name)));
    }

    /// <summary>Opens an append blob; null when there is no blob of that name, or one of another kind.</summary>
    private AppendFile? OpenAppend(string name)
    {
        _poison.ThrowIfPoisoned(name);
        if (!_tree.Settle(StoreTree.ParentOf(name)) || _files.Open(_tree.PathOf(name)) is not { } file)
            return null;
        var opened = false;
        try
        {
            Span<byte> header = stackalloc byte[LocalFormat.HeaderSizeBytes];
            header = header[..file.Read(0, header)];
            if (IsContent(header))
                return null;
            var append = AppendFile.Open(name, file, header, _poison);
            opened = true;
            return append;
        }
        finally
        {
            if (!opened)
                file.Dispose();
        }
    }

    private static bool IsContent(ReadOnlySpan<byte> header) => header.StartsWith(ContentHeader.Magic);
}
