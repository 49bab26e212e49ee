using JadeVector.Engine.Segments;

namespace JadeVector.Engine.Shards;

/// <summary>A growing part with what links it and, once it is sealed and written, the segment that will replace it. Holds both parts until released.</summary>
internal sealed class LinkedPart
{
    public LinkedPart(GrowingPart part, PartLinker linker)
    {
        Part = part;
        Linker = linker;
        part.Retain();
    }

    public GrowingPart Part { get; }

    public PartLinker Linker { get; }

    /// <summary>Written and mapped; the manifest may name it already or not.</summary>
    public StoredSegment? Written { get; set; }

    /// <summary>Gives the written segment to the caller, who holds it from now on.</summary>
    public StoredSegment TakeWritten()
    {
        var written = Written ?? throw new InvalidOperationException("The part has not been written.");
        Written = null;
        return written;
    }

    public void Release()
    {
        Written?.Release();
        Part.Release();
    }
}

/// <summary>A segment and which of its deletes are stored. Holds the part until released.</summary>
internal sealed class StoredSegment
{
    public StoredSegment(SegmentPart part)
    {
        Part = part;
        part.Retain();
    }

    public SegmentPart Part { get; }

    /// <summary>The shard whose blob it is, when it is shared with that; null for one of the shard's own.</summary>
    public string? Home { get; init; }

    /// <summary>Relative to the shard; null while none is stored.</summary>
    public string? DeletesBlob { get; set; }

    /// <summary>Deletes in that blob.</summary>
    public int StoredDeletes { get; set; }

    public void Release() => Part.Release();
}
