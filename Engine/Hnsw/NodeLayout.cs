namespace JadeVector.Engine.Hnsw;

/// <summary>
/// One block of a node: its code, then its links. Blocks of one kind have one size, so that a block is found by multiplication:
/// <code>
///   0            byte[]  CodeBytes bytes of code, zeros up to a multiple of 4
///   LinksOffset  int32   count of links, 0 to LinkCapacity
///   …            int32[] links: LinkCapacity row numbers, of which the first count are meant
///   …            zeros up to Stride: a multiple of 64 where there is a code, which then starts on a cache line, of 16 otherwise
/// </code>
/// </summary>
/// <remarks>The same in memory and in the image (docs/formats/graph.md), which names CodeBytes, LinksOffset and Stride in its header. A walk that
/// compares a node is likely to follow its links next: one block is one page to look up.</remarks>
public readonly record struct NodeLayout
{
    private const int LinksAlignment = 4;
    private const int BareAlignment = 16;
    private const int LineBytes = 64;

    /// <summary>The layout for so many links and bytes of code.</summary>
    public NodeLayout(int linkCapacity, int codeBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(linkCapacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(codeBytes);
        LinkCapacity = linkCapacity;
        CodeBytes = codeBytes;
        LinksOffset = Align(codeBytes, LinksAlignment);
        Stride = Align(LinksOffset + (sizeof(int) * (1 + linkCapacity)), codeBytes > 0 ? LineBytes : BareAlignment);
    }

    /// <summary>Links that fit.</summary>
    public int LinkCapacity { get; }

    /// <summary>Bytes of code.</summary>
    public int CodeBytes { get; }

    /// <summary>Where the count of links is in the block, in bytes.</summary>
    public int LinksOffset { get; }

    /// <summary>Bytes from one block to the next.</summary>
    public int Stride { get; }

    private static int Align(int bytes, int alignment) => checked(bytes + alignment - 1) & ~(alignment - 1);
}
