namespace JadeVector.Engine.Shards;

public enum WriteItemKind : byte
{
    /// <summary>Insert, or replace the whole vector of that id.</summary>
    Upsert = 0,

    Delete = 1,
}

/// <summary>One item of a batch. The memory it refers to must not change until the write has ended.</summary>
public sealed record WriteItem
{
    public required WriteItemKind Kind { get; init; }

    /// <summary>UTF-8, as <see cref="VectorIds"/> allows it.</summary>
    public required ReadOnlyMemory<byte> Id { get; init; }

    /// <summary>Little-endian float32, shape [dimension of the shard]; empty for a delete.</summary>
    public ReadOnlyMemory<byte> Values { get; init; }

    /// <summary>A JSON object in UTF-8, or null for none; stored and returned byte for byte.</summary>
    public ReadOnlyMemory<byte>? Metadata { get; init; }

    /// <summary>The text that the values were made of, or null.</summary>
    public string? Text { get; init; }

    /// <summary>Only if the vector's version is this; 0 means only if there is none. Null always.</summary>
    public ulong? IfVersion { get; init; }

    /// <summary>Only if a vector of that id exists, whatever its version.</summary>
    public bool MustExist { get; init; }
}

/// <summary>What is written as one frame of the log: readers see all of its effects or none.</summary>
public sealed record WriteBatch
{
    /// <summary>1 to <see cref="ShardLimits.RequestIdBytesMax"/> bytes of UTF-8: the same id with the same items gets the first answer again. Null: the answer is not remembered.</summary>
    public string? RequestId { get; init; }

    /// <summary>Applied in order: of two items with one id the later wins, and sees the earlier one's version.</summary>
    public required IReadOnlyList<WriteItem> Items { get; init; }

    /// <summary>
    /// When an item's condition (<see cref="WriteItem.IfVersion"/>, <see cref="WriteItem.MustExist"/>) does not hold, no item is applied.
    /// A delete without a condition of an id that is not there is no failure: what it asks for is so already.
    /// </summary>
    public bool Atomic { get; init; }

    /// <summary>When the answer stops being of use.</summary>
    public DateTimeOffset Deadline { get; init; } = DateTimeOffset.MaxValue;
}
