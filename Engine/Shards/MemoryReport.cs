namespace JadeVector.Engine.Shards;

/// <summary>What bytes of a shard are for.</summary>
public enum MemoryComponent
{
    /// <summary>The vectors that are compared, and for cosine those that were given beside them.</summary>
    Vectors,

    /// <summary>Codes of vectors that walks and scans compare first, with what was learned for them.</summary>
    Codes,

    /// <summary>Links of graphs on all levels, levels, and what finds them.</summary>
    Links,

    /// <summary>Sketches that walks sift neighbours by.</summary>
    Sketches,

    /// <summary>Cells with their centres, or hash tables with their directions.</summary>
    Cells,

    /// <summary>Ids and the tables that find a vector by its id.</summary>
    Ids,

    /// <summary>Metadata and its indexes.</summary>
    Metadata,

    Texts,

    /// <summary>When each row was written and deleted, and where its bytes are.</summary>
    Rows,

    /// <summary>Headers of files, and what rounds their sections up.</summary>
    Padding,
}

/// <summary>Bytes of one component.</summary>
/// <param name="MemoryBytes">Of this process's memory.</param>
/// <param name="MappedBytes">Of mapped files, of which the system keeps in memory what is read.</param>
public readonly record struct ComponentBytes(long MemoryBytes, long MappedBytes);

/// <summary>What the memory of a shard is for: each byte is counted once. It includes rows that are deleted and not compacted away yet.</summary>
public sealed class MemoryReport
{
    private readonly ComponentBytes[] _bytes = new ComponentBytes[Components.Length];

    /// <summary>All of them, in order.</summary>
    public static ReadOnlySpan<MemoryComponent> Components =>
    [
        MemoryComponent.Vectors, MemoryComponent.Codes, MemoryComponent.Links, MemoryComponent.Sketches, MemoryComponent.Cells,
        MemoryComponent.Ids, MemoryComponent.Metadata, MemoryComponent.Texts, MemoryComponent.Rows, MemoryComponent.Padding,
    ];

    public ComponentBytes this[MemoryComponent component] => _bytes[(int)component];

    /// <summary>Of all components.</summary>
    public long MemoryBytes => _bytes.Sum(bytes => bytes.MemoryBytes);

    /// <summary>Of all components.</summary>
    public long MappedBytes => _bytes.Sum(bytes => bytes.MappedBytes);

    internal void AddMemory(MemoryComponent component, long bytes) => Add(component, new ComponentBytes(bytes, 0));

    internal void AddMapped(MemoryComponent component, long bytes) => Add(component, new ComponentBytes(0, bytes));

    private void Add(MemoryComponent component, ComponentBytes more)
    {
        System.Diagnostics.Debug.Assert(more is { MemoryBytes: >= 0, MappedBytes: >= 0 }, "No component takes less than nothing.");
        ref var bytes = ref _bytes[(int)component];
        bytes = new ComponentBytes(bytes.MemoryBytes + more.MemoryBytes, bytes.MappedBytes + more.MappedBytes);
    }
}

/// <summary>What the bytes in a part's heap are.</summary>
internal record struct HeapShares
{
    public long Ids { get; private set; }

    public long Metadata { get; private set; }

    public long Texts { get; private set; }

    public readonly long Total => Ids + Metadata + Texts;

    /// <summary>Counts a row.</summary>
    public void Add(in RowPlace place)
    {
        Ids += place.IdLength;
        Metadata += Math.Max(0, place.MetadataLength);
        Texts += Math.Max(0, place.TextLength);
    }
}
