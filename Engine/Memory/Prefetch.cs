using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace JadeVector.Engine.Memory;

/// <summary>Asks the processor to fetch memory that will be read soon. Never faults; does nothing where .NET has no such instruction (Arm).</summary>
internal static unsafe class Prefetch
{
    private const int CacheLineBytes = 64;

    /// <summary>The line that <paramref name="address"/> is in.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    /// <summary>Lines from <paramref name="address"/> on, for <paramref name="bytes"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lines(void* address, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (var offset = 0; offset < bytes; offset += CacheLineBytes)
                Sse.Prefetch0((byte*)address + offset);
        }
    }
}
