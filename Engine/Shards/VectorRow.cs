using System.Text;

namespace JadeVector.Engine.Shards;

/// <summary>A stored vector, copied out.</summary>
public sealed record VectorRow
{
    /// <summary>UTF-8.</summary>
    public required byte[] Id { get; init; }

    /// <summary>Little-endian float32, bit for bit as given; null where not asked for.</summary>
    public byte[]? Values { get; init; }

    /// <summary>Byte for byte as given; null when there is none or it was not asked for.</summary>
    public byte[]? Metadata { get; init; }

    /// <summary>Null when there is none or it was not asked for.</summary>
    public string? Text { get; init; }

    /// <summary>The sequence number that wrote it.</summary>
    public required ulong Version { get; init; }

    public string IdText => Encoding.UTF8.GetString(Id);
}

/// <param name="Rows">In order of version: oldest first.</param>
/// <param name="NextCursor">Continues after the last row; null at the end. Survives checkpoints and restarts.</param>
/// <param name="Count">Live vectors in the shard.</param>
public sealed record VectorRowPage(IReadOnlyList<VectorRow> Rows, ulong? NextCursor, long Count);
