using System.Runtime.InteropServices;

namespace JadeVector.Hosting.Work;

/// <summary>How much the system favours a thread. On Linux the runtime's <see cref="ThreadPriority"/> has no effect: a thread there has a nice value of its own.</summary>
internal static partial class Niceness
{
    /// <summary>About a tenth of what an ordinary thread gets when both want the processor, all of it when nobody else does.</summary>
    private const int Step = 10;

    /// <summary>For the calling thread, from now on. Where the system has no such thing, its share stays what it is.</summary>
    internal static void LowerOfThisThread()
    {
        if (OperatingSystem.IsLinux())
            _ = Nice(Step);
    }

    /// <summary>nice(2): there for the process, says the standard; on Linux, for the calling thread.</summary>
    [LibraryImport("libc", EntryPoint = "nice")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Nice(int step);
}
