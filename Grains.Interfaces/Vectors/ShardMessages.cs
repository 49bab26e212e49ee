namespace JadeVector.Grains.Interfaces;

/// <summary>A batch for one shard: one frame of its log.</summary>
[GenerateSerializer, Immutable, Alias("jade.shard-write")]
public sealed record ShardWrite
{
    [Id(0)] public required long MapVersion { get; init; }

    /// <summary>1 to 128 bytes of UTF-8; the same id with the same items gets the first answer again.</summary>
    [Id(1)] public required string RequestId { get; init; }

    [Id(2)] public required IReadOnlyList<VectorWrite> Items { get; init; }

    [Id(3)] public bool Atomic { get; init; }

    [Id(4)] public required DateTimeOffset Deadline { get; init; }
}

/// <param name="Items">One per item, in order.</param>
/// <param name="Sequence">The shard's last sequence that this write depends on: reads at or after it see the write.</param>
[GenerateSerializer, Immutable, Alias("jade.shard-write-reply")]
public sealed record ShardWriteReply(
    [property: Id(0)] IReadOnlyList<WriteItemResult> Items,
    [property: Id(1)] ulong Sequence);

/// <summary>What a shard needs to know of any read.</summary>
[GenerateSerializer, Immutable, Alias("jade.shard-read")]
public sealed record ShardRead
{
    [Id(0)] public required long MapVersion { get; init; }

    [Id(1)] public Consistency Consistency { get; init; }

    /// <summary>The read waits until the shard has applied this sequence.</summary>
    [Id(2)] public ulong MinSequence { get; init; }

    [Id(3)] public required DateTimeOffset Deadline { get; init; }

    [Id(4)] public bool IncludeValues { get; init; }

    [Id(5)] public bool IncludeMetadata { get; init; }
}

/// <param name="Vectors">In order of age (row order).</param>
/// <param name="NextCursor">Continues after the last one; null at the end. Survives checkpoints and restarts.</param>
/// <param name="Count">Live vectors in the shard.</param>
[GenerateSerializer, Immutable, Alias("jade.shard-page")]
public sealed record ShardPage(
    [property: Id(0)] IReadOnlyList<VectorRecord> Vectors,
    [property: Id(1)] ulong? NextCursor,
    [property: Id(2)] long Count);
