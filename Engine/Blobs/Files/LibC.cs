using System.Runtime.InteropServices;

namespace JadeVector.Engine.Blobs.Files;

/// <summary>The system calls that the base class library does not offer, or offers with habits that a store cannot have (copying in place of a rename, locks of its own).</summary>
internal static unsafe partial class LibC
{
    internal const int LockExclusive = 2;
    internal const int LockNonBlocking = 4;

    private const int NoEntry = 2;
    private const int Interrupted = 4;
    private const int Exists = 17;
    private const int NotADirectory = 20;

    internal static int ReadOnlyFlags => CloseOnExec;

    internal static int ReadWriteFlags => CloseOnExec | 2;

    private static int CloseOnExec => OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    private static int NotEmpty => OperatingSystem.IsMacOS() ? 66 : 39;

    private static int WouldBlock => OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>Runs a call until it is not interrupted; the errno, 0 when it went well.</summary>
    internal static int Try(Func<int> call)
    {
        while (call() < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
                return error;
        }

        return 0;
    }

    internal static bool IsMissing(int error) => error is NoEntry or NotADirectory;

    internal static bool IsExisting(int error) => error == Exists;

    internal static bool IsNotEmpty(int error) => error == NotEmpty || error == Exists;

    internal static bool IsLocked(int error) => error == WouldBlock;

    internal static IOException Failure(int error, string what, string path)
    {
        var message = $"{what} '{path}': {Marshal.GetPInvokeErrorMessage(error)}";
        return IsMissing(error) ? new DirectoryNotFoundException(message) : new IOException(message, error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int FSync(nint descriptor);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    internal static partial int FDataSync(nint descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int FLock(nint descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int MakeDirectory(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "rmdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RemoveDirectory(string path);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int StatFs(string path, byte* buffer);
}
