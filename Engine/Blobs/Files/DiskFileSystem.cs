using System.IO.Enumeration;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace JadeVector.Engine.Blobs.Files;

/// <summary>The machine's own file system, on Linux and macOS.</summary>
public sealed class DiskFileSystem : IFileSystem
{
    private const uint DirectoryMode = 0b111_111_111;   // less the process's umask

    public DiskFileSystem()
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("The local blob store needs Linux or macOS: Windows cannot flush a directory. Use WSL, a container, or Azure Blob storage.");
    }

    public IFile? Open(string path)
    {
        try
        {
            return new DiskFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public IFile Create(string path) =>
        new DiskFile(path, File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public bool CreateDirectory(string path)
    {
        var error = LibC.Try(() => LibC.MakeDirectory(path, DirectoryMode));
        if (error == 0)
            return true;
        if (!LibC.IsExisting(error) || File.Exists(path))
            throw LibC.Failure(error, "mkdir", path);
        return false;   // even if it has vanished since: whoever uses it finds out
    }

    public void Rename(string from, string to)
    {
        var error = LibC.Try(() => LibC.Rename(from, to));
        if (error != 0)
            throw LibC.Failure(error, "rename to", to);
    }

    public bool DeleteFile(string path)
    {
        var error = LibC.Try(() => LibC.Unlink(path));
        if (error == 0)
            return true;
        return LibC.IsMissing(error) ? false : throw LibC.Failure(error, "unlink", path);
    }

    public bool IsEmptyDirectory(string path)
    {
        try
        {
            return !Directory.EnumerateFileSystemEntries(path).Any();
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }

    public bool DeleteEmptyDirectory(string path)
    {
        var error = LibC.Try(() => LibC.RemoveDirectory(path));
        if (error == 0)
            return true;
        return LibC.IsMissing(error) || LibC.IsNotEmpty(error) ? false : throw LibC.Failure(error, "rmdir", path);
    }

    public void FlushDirectory(string path, FlushReason reason)
    {
        using var handle = OpenDescriptor(path, LibC.ReadOnlyFlags);
        DiskFile.Flush(handle, path, isDirectory: true);
    }

    public IReadOnlyList<FileEntry> List(string directory)
    {
        try
        {
            return new FileSystemEnumerable<FileEntry>(
                directory,
                (ref FileSystemEntry entry) => new FileEntry(entry.FileName.ToString(), entry.IsDirectory, entry.IsDirectory ? 0 : entry.Length),
                new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false }).ToList();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    public IDisposable? TryLock(string path, string holder, out string otherHolder)
    {
        otherHolder = "";
        // The library's own opening takes a shared lock of its own, so the locking descriptor is opened without it.
        if (!File.Exists(path))
            File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
        var handle = OpenDescriptor(path, LibC.ReadWriteFlags);
        var error = LibC.Try(() => LibC.FLock(handle.DangerousGetHandle(), LibC.LockExclusive | LibC.LockNonBlocking));
        if (error == 0)
        {
            RandomAccess.SetLength(handle, 0);
            RandomAccess.Write(handle, Encoding.UTF8.GetBytes(holder), 0);
            return handle;
        }

        using (handle)
        {
            if (!LibC.IsLocked(error))
                throw LibC.Failure(error, "lock", path);
            Span<byte> text = stackalloc byte[256];
            otherHolder = Encoding.UTF8.GetString(text[..RandomAccess.Read(handle, text, 0)]);
            return null;
        }
    }

    public string? NetworkKind(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            var drive = new DriveInfo(path);
            return drive.DriveType == DriveType.Network ? drive.DriveFormat : null;
        }

        return FileSystemKinds.NetworkName(StatFsType(path));
    }

    internal static unsafe long StatFsType(string path)
    {
        // struct statfs starts with f_type, a long on every 64-bit Linux; it is 120 bytes there.
        var buffer = stackalloc byte[512];
        var address = (nint)buffer;
        var error = LibC.Try(() => LibC.StatFs(path, (byte*)address));
        return error == 0 ? *(long*)buffer : throw LibC.Failure(error, "statfs", path);
    }

    private static SafeFileHandle OpenDescriptor(string path, int flags)
    {
        var descriptor = -1;
        var error = LibC.Try(() => descriptor = LibC.Open(path, flags));
        return error == 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw LibC.Failure(error, "open", path);
    }
}
