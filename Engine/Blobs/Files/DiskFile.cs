using Microsoft.Win32.SafeHandles;

namespace JadeVector.Engine.Blobs.Files;

internal sealed class DiskFile(string path, SafeFileHandle handle) : IFile
{
    public long Length => RandomAccess.GetLength(handle);

    public int Read(long offset, Span<byte> buffer)
    {
        var done = 0;
        while (done < buffer.Length)
        {
            var read = RandomAccess.Read(handle, buffer[done..], offset + done);
            if (read == 0)
                break;
            done += read;
        }

        return done;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(handle, bytes, offset);

    public void SetLength(long length) => RandomAccess.SetLength(handle, length);

    public void Flush(FlushReason reason) => Flush(handle, path, isDirectory: false);

    public void Dispose() => handle.Dispose();

    /// <summary>fsync, or fdatasync for a file's contents and length; on macOS, where fsync leaves the data in the drive's cache, the library's F_FULLFSYNC.</summary>
    internal static void Flush(SafeFileHandle handle, string path, bool isDirectory)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            var descriptor = handle.DangerousGetHandle();
            var error = LibC.Try(() => isDirectory ? LibC.FSync(descriptor) : LibC.FDataSync(descriptor));
            if (error != 0)
                throw LibC.Failure(error, "flush", path);
        }
        finally
        {
            if (held)
                handle.DangerousRelease();
        }
    }
}
