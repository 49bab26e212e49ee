using System.Runtime.InteropServices;

namespace JadeVector.Hosting.Work;

/// <summary>How the C library gives out the memory that the engine takes for vectors, links and ids.</summary>
internal static class NativeHeap
{
    /// <summary>Smaller ones share pages.</summary>
    internal const int OwnPagesBytes = 128 * 1024;

    /// <summary>M_MMAP_THRESHOLD of malloc.h.</summary>
    private const int MmapThreshold = -3;

    /// <summary>
    /// Blocks of <see cref="OwnPagesBytes"/> and more are mapped one by one from now on: pages of theirs that nobody writes to take no memory, and all go back to the system when
    /// they are freed. It is so when a process starts, too, but the GNU library raises the limit to the largest block that was ever freed, up to 32 MiB, and
    /// then clears, page by page, blocks of which a database of twenty vectors needs one. Libraries without that habit lack the setting.
    /// </summary>
    internal static unsafe void KeepLargeBlocksApart()
    {
        if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "mallopt", out var mallopt))
            _ = ((delegate* unmanaged<int, int, int>)mallopt)(MmapThreshold, OwnPagesBytes);
    }
}
