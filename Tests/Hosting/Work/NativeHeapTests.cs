using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using JadeVector.Hosting.Work;
using Xunit;

namespace JadeVector.Tests.Hosting.Work;

public sealed unsafe partial class NativeHeapTests
{
    private const int BlockBytes = 16 * 1024 * 1024;

    [Fact]
    public void Large_block_takes_the_pages_that_are_written_to_even_after_another_was_freed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pages are counted with mincore(2).");
        for (var i = 0; i < 3; i++)
        {
            var block = (byte*)NativeMemory.AllocZeroed(BlockBytes);
            try
            {
                Assert.InRange(ResidentPages(block), 0, BlockBytes / Environment.SystemPageSize / 4); // the C library's own word before the block is in one, which may be huge
                new Span<byte>(block, BlockBytes).Fill(1);
                Assert.InRange(ResidentPages(block), (BlockBytes / Environment.SystemPageSize) - 1, BlockBytes / Environment.SystemPageSize);
            }
            finally
            {
                NativeMemory.Free(block);
            }
        }
    }

    /// <summary>As early as in a node: what was freed before stays in the heap and is given out again.</summary>
    [ModuleInitializer]
    internal static void AtStart() => NativeHeap.KeepLargeBlocksApart();

    private static int ResidentPages(byte* block)
    {
        var page = (nuint)Environment.SystemPageSize;
        var first = ((nuint)block + page - 1) / page * page;
        var pages = (((nuint)block + BlockBytes) - first) / page;
        var resident = new byte[pages];
        fixed (byte* target = resident)
            Assert.Equal(0, Mincore((void*)first, pages * page, target));
        return resident.Count(flags => (flags & 1) != 0);
    }

    [LibraryImport("libc", EntryPoint = "mincore")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Mincore(void* address, nuint length, byte* vector);
}
