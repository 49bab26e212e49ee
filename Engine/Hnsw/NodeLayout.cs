namespace JadeVector.Engine.Hnsw;

/// <summary>
/// One block of links. Blocks of one kind have one size, so that a block is found by multiplication:
/// <code>
///   0            int32   count of links, 0 to LinkCapacity
///   4            int32[] links: LinkCapacity row numbers, of which the first count are meant
///   CodesOffset  byte[]  room for CodeBytes bytes of codes, on a 16-byte boundary (none yet: an index on compressed codes puts them here, beside the links)
///   …            zeros up to Stride, a multiple of 16
/// </code>
/// </summary>
/// <remarks>The same in memory and in the image (docs/formats/graph.md), which names CodesOffset, CodeBytes and Stride in its header.</remarks>
public readonly record struct NodeLayout
{
    private const int Alignment = 16;

    /// <summary>The layout for so many links and bytes of codes.</summary>
    public NodeLayout(int linkCapacity, int codeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(linkCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(codeBytes);
        LinkCapacity = linkCapacity;
        CodeBytes = codeBytes;
        CodesOffset = Align(sizeof(int) * (1 + linkCapacity));
        Stride = Align(CodesOffset + codeBytes);
    }

    /// <summary>Links that fit.</summary>
    public int LinkCapacity { get; }

    /// <summary>Bytes of codes that fit.</summary>
    public int CodeBytes { get; }

    /// <summary>Where the codes start in the block, in bytes.</summary>
    public int CodesOffset { get; }

    /// <summary>Bytes from one block to the next.</summary>
    public int Stride { get; }

    private static int Align(int bytes) => checked(bytes + Alignment - 1) & ~(Alignment - 1);
}
