namespace JadeVector.Simulation.History;

/// <summary>When something happened: the world's decisions give the order, its time the distances.</summary>
internal readonly record struct Moment(long Step, TimeSpan Time);

internal enum ReadGuarantee
{
    /// <summary>Some state that was.</summary>
    Eventual,

    /// <summary>At least what was so two seconds before it began: a read copy answers no later than that.</summary>
    Following,

    /// <summary>At least what was so a second before it began.</summary>
    Bounded,

    /// <summary>At least what was so when it began.</summary>
    Strong,
}

/// <summary>How the fate of a write is known.</summary>
internal enum WriteFate
{
    /// <summary>It may have happened.</summary>
    Unknown,

    /// <summary>Its items have outcomes.</summary>
    Done,

    /// <summary>Nothing of it was written, nor ever will be.</summary>
    Refused,
}

internal enum ItemStatus
{
    Created,
    Replaced,
    Deleted,
    NotFound,
    VersionConflict,
    NotAttempted,
}

/// <summary>One item of a write: a vector that its tag says everything about, or a delete.</summary>
/// <param name="Tag">Unique; 0 for a delete.</param>
internal sealed record WrittenItem(string Key, int Tag, ulong? IfVersion, bool MustExist)
{
    public ItemStatus Status { get; set; }

    /// <summary>As the answer has it.</summary>
    public ulong Version { get; set; }

    public bool IsApplied => Status is ItemStatus.Created or ItemStatus.Replaced or ItemStatus.Deleted;

    public override string ToString()
    {
        var condition = (IfVersion is { } version ? $" if v{version}" : "") + (MustExist ? " if it exists" : "");
        return $"{(Tag == 0 ? "delete " : "")}{Key}{(Tag == 0 ? "" : $"={Tag}")}{condition}";
    }
}

/// <summary>What happened between a client and one shard.</summary>
internal abstract record Operation(int Number, string Client, Moment Began)
{
    /// <summary>When its answer was there; never while it is not.</summary>
    public Moment? Ended { get; set; }

    /// <summary>The nodes that were asked.</summary>
    public string Node { get; set; } = "";

    protected string Span => $"#{Number} {Client}@{Node} {Began.Step}..{(Ended is { } ended ? ended.Step : "?")} ({Began.Time.TotalSeconds:F3}..{Ended?.Time.TotalSeconds:F3} s)";
}

/// <summary>A batch: the items of one frame of the shard's log.</summary>
internal sealed record WriteOperation(int Number, string Client, Moment Began, bool Atomic, IReadOnlyList<WrittenItem> Items) : Operation(Number, Client, Began)
{
    public WriteFate Fate { get; set; }

    /// <summary>What was answered in place of outcomes, attempt by attempt.</summary>
    public string Refusals { get; set; } = "";

    public ulong LastVersion => Items.Where(i => i.IsApplied).Select(i => i.Version).DefaultIfEmpty().Max();

    public override string ToString() =>
        $"{Span} write{(Atomic ? " atomic" : "")} [{string.Join(", ", Items.Select(i => Fate == WriteFate.Done ? $"{i} -> {i.Status} v{i.Version}" : i.ToString()))}] {Fate}{Refusals}";
}

/// <summary>A row as an answer has it.</summary>
internal readonly record struct SeenRow(string Key, int Tag, ulong Version)
{
    public override string ToString() => Tag == 0 ? $"{Key}: none" : $"{Key}={Tag} v{Version}";
}

/// <summary>A read: what it saw must be the shard's state at one moment that its guarantee allows.</summary>
/// <param name="SequenceMin">It asked to see at least this sequence number.</param>
internal abstract record ReadOperation(int Number, string Client, Moment Began, ReadGuarantee Guarantee, ulong SequenceMin) : Operation(Number, Client, Began)
{
    /// <summary>The highest sequence number that shows in the answer: no earlier state can have given it.</summary>
    public virtual ulong Seen => 0;

    public abstract bool Agrees(ShardState state);
}

/// <summary>By keys; a row with tag 0 says that there is none.</summary>
internal sealed record GetOperation(int Number, string Client, Moment Began, ReadGuarantee Guarantee, ulong SequenceMin, IReadOnlyList<SeenRow> Rows)
    : ReadOperation(Number, Client, Began, Guarantee, SequenceMin)
{
    public override ulong Seen => Rows.Select(row => row.Version).DefaultIfEmpty().Max();

    public override bool Agrees(ShardState state) => Rows.All(row => state.Find(row.Key) is var (tag, version) && tag == row.Tag && version == row.Version);

    public override string ToString() => $"{Span} get {Guarantee} [{string.Join(", ", Rows)}]";
}

/// <summary>Live vectors of the shard, or of all shards when there is one.</summary>
internal sealed record CountOperation(int Number, string Client, Moment Began, ReadGuarantee Guarantee, long Count)
    : ReadOperation(Number, Client, Began, Guarantee, 0)
{
    public override bool Agrees(ShardState state) => state.Count == Count;

    public override string ToString() => $"{Span} count {Guarantee}: {Count}";
}

/// <summary>Rows in order of version, from one on.</summary>
internal sealed record ListOperation(int Number, string Client, Moment Began, ReadGuarantee Guarantee, ulong After, int Limit, IReadOnlyList<SeenRow> Rows)
    : ReadOperation(Number, Client, Began, Guarantee, 0)
{
    public override ulong Seen => Rows.Select(row => row.Version).DefaultIfEmpty().Max();

    public override bool Agrees(ShardState state) => state.InOrder(After).Take(Limit).SequenceEqual(Rows);

    public override string ToString() => $"{Span} list {Guarantee} after v{After} limit {Limit} [{string.Join(", ", Rows)}]";
}

/// <summary>The shard's part of a search over all shards.</summary>
/// <param name="Query">What was asked.</param>
/// <param name="Rows">The hits that are this shard's, nearest first.</param>
/// <param name="Worst">The last hit of the whole answer when it is full; nothing of the shard beyond its rows may be nearer.</param>
internal sealed record SearchOperation(
    int Number, string Client, Moment Began, ReadGuarantee Guarantee, SearchModel Query, IReadOnlyList<SeenRow> Rows, SeenRow? Worst)
    : ReadOperation(Number, Client, Began, Guarantee, 0)
{
    public override ulong Seen => Rows.Select(row => row.Version).DefaultIfEmpty().Max();

    public override bool Agrees(ShardState state) => Query.Agrees(state, Rows, Worst);

    public override string ToString() => $"{Span} search {Guarantee} {Query} [{string.Join(", ", Rows)}]{(Worst is { } worst ? $" worst {worst}" : "")}";
}

/// <summary>What another database began with that was made from this shard.</summary>
/// <param name="Sequence">Of the state that was to be kept; null when that was not told.</param>
/// <param name="SequenceMax">No later state will do.</param>
internal sealed record CopyOperation(int Number, string Client, Moment Began, ReadGuarantee Guarantee, ulong? Sequence, ulong SequenceMax, IReadOnlyList<SeenRow> Rows)
    : ReadOperation(Number, Client, Began, Guarantee, Sequence ?? 0)
{
    public override ulong Seen => Rows.Select(row => row.Version).DefaultIfEmpty().Max();

    public override bool Agrees(ShardState state) =>
        state.Sequence <= SequenceMax && (Sequence is not { } kept || kept == state.Sequence) && state.InOrder(0).SequenceEqual(Rows);

    public override string ToString() => $"{Span} made from the state of v{(Sequence is { } kept ? $"{kept}" : "?")} with [{string.Join(", ", Rows)}]";
}
