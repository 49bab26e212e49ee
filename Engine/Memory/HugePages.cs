using System.Runtime.InteropServices;

namespace JadeVector.Engine.Memory;

/// <summary>
/// Memory for random access. A walk reads far apart; with pages of 4 KiB nearly every read first looks up a page that the processor has forgotten.
/// Where Linux offers huge pages on request ("madvise"), large pieces ask for them; elsewhere this is plain aligned memory.
/// </summary>
internal static unsafe partial class HugePages
{
    private const int PageBytes = 2 * 1024 * 1024;
    private const int LineBytes = 64;
    private const int AdviseHugePages = 14;

    /// <summary>Fresh memory, not cleared: on the boundary of a huge page from its size up, of a cache line below.</summary>
    public static byte* Allocate(long bytes)
    {
        var alignment = bytes >= PageBytes ? PageBytes : LineBytes;
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)alignment);
        // Advice only: a kernel that refuses it gives ordinary pages. A last page that is not whole stays ordinary.
        if (bytes >= PageBytes && OperatingSystem.IsLinux())
            _ = Advise((nint)memory, (nuint)(bytes & ~(PageBytes - 1L)), AdviseHugePages);
        return memory;
    }

    public static void Free(byte* memory) => NativeMemory.AlignedFree(memory);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
