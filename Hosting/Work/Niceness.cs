using System.Runtime.InteropServices;

namespace JadeVector.Hosting.Work;

/// <summary>How much the system favours a thread. On Linux the runtime's <see cref="ThreadPriority"/> has no effect: a thread there has a nice value of its own.</summary>
internal static partial class Niceness
{
    private const int PrioProcess = 0, CallingThread = 0;

    /// <summary>About a tenth of what an ordinary thread gets when both want the processor, all of it when nobody else does.</summary>
    private const int OfBackground = 10;

    /// <summary>For the calling thread, from now on. Where the system has no such thing or refuses, its share stays what it is.</summary>
    internal static void LowerOfThisThread()
    {
        if (OperatingSystem.IsLinux())
            _ = SetPriority(PrioProcess, CallingThread, OfBackground);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetPriority(int which, uint who, int priority);
}
