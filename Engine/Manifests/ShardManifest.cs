namespace JadeVector.Engine.Manifests;

/// <summary>Stored in manifests: the numbers never change meaning.</summary>
public enum ShardState : byte
{
    Active = 0,
    Splitting = 1,
    Deleting = 2,
}

/// <summary>Stored in manifests: the numbers never change meaning.</summary>
public enum ShardIndexKind : byte
{
    Hnsw = 0,
    Flat = 1,
    Ivf = 2,
    Lsh = 3,
}

/// <summary>What the shard's database settings say that the shard needs by itself: it never asks the control plane.</summary>
/// <param name="Dimension">Components of every vector, 1 to 65,536.</param>
/// <param name="M">Of a graph: links per node above level 0.</param>
/// <param name="EfConstruction">Of a graph: candidate list length while linking.</param>
/// <param name="EfSearch">Of a graph: candidate list length of a search that names none.</param>
/// <param name="Codes">What graphs are walked on; the answers are by the vectors in any case.</param>
public sealed record ShardConfig(
    int Dimension, Distance.Metric Metric, ShardIndexKind Index, int M, int EfConstruction, int EfSearch, Quantization.VectorCodes Codes = Quantization.VectorCodes.None)
{
    /// <summary>Of cells (nlist): how many each segment has; 0 goes by its rows.</summary>
    public int Lists { get; init; }

    /// <summary>Of cells: components that share a code of four bits; 0 for no codes.</summary>
    public int CodeComponents { get; init; }

    /// <summary>Of hash tables: how many.</summary>
    public int Tables { get; init; }

    /// <summary>Of hash tables: functions of each; 0 goes by the rows of each segment.</summary>
    public int Functions { get; init; }

    /// <summary>Of cells and hash tables (nprobe): cells, or buckets of each table, that a search looks into that names no number.</summary>
    public int Probes { get; init; }

    /// <summary>Cells; the metric compares what is in them.</summary>
    /// <param name="dimension">Components of every vector.</param>
    public static ShardConfig ForCells(int dimension, Distance.Metric metric, int lists, int codeComponents, int probes) =>
        new(dimension, metric, ShardIndexKind.Ivf, M: 0, EfConstruction: 0, EfSearch: 0) { Lists = lists, CodeComponents = codeComponents, Probes = probes };

    /// <summary>Hash tables.</summary>
    /// <param name="dimension">Components of every vector.</param>
    public static ShardConfig ForTables(int dimension, Distance.Metric metric, int tables, int functions, int probes) =>
        new(dimension, metric, ShardIndexKind.Lsh, M: 0, EfConstruction: 0, EfSearch: 0) { Tables = tables, Functions = functions, Probes = probes };
}

/// <summary>What the control plane decides when it creates a shard.</summary>
/// <param name="FirstHash">First hash of the owned range of XXH64(id).</param>
/// <param name="LastHash">Last hash of the owned range; belongs to it.</param>
/// <param name="MapVersion">Version of the shard map that says so.</param>
public sealed record ShardBirth(ulong FirstHash, ulong LastHash, long MapVersion, ShardConfig Config);

/// <summary>A log that will never grow again.</summary>
/// <param name="Name"><c>{epoch}-{guid}</c>: a blob under the shard's <c>log/</c>.</param>
/// <param name="LengthBytes">Where its frames end: bytes beyond do not exist, a shorter blob is damaged.</param>
/// <param name="FirstSequence">The first sequence number that its frames may take.</param>
/// <param name="LastSequence">The last that they took; <paramref name="FirstSequence"/> - 1 when they took none.</param>
public sealed record SealedLog(string Name, long LengthBytes, ulong FirstSequence, ulong LastSequence);

/// <summary>An immutable part of the shard.</summary>
/// <param name="Name"><c>{epoch}-{guid}</c>: a folder under the shard's <c>segments/</c>; never reused.</param>
/// <param name="FirstSequence">Oldest version in it.</param>
/// <param name="LastSequence">Newest version in it.</param>
/// <param name="RowCount">Rows, dead ones too.</param>
/// <param name="DeletesBlob">Which of its rows have been deleted since: a blob name relative to the shard; null when none.</param>
/// <param name="Home">The shard whose blob it is, as <c>{databaseId}/{shard}</c>, when this one is a branch that shares it; null for its own.</param>
public sealed record SegmentEntry(string Name, ulong FirstSequence, ulong LastSequence, long RowCount, string? DeletesBlob, string? Home = null);

/// <summary>A state of the shard that is kept: a snapshot's, or one that a branch began with. What it names is not deleted.</summary>
/// <param name="Id">1 to 64 of <c>[A-Za-z0-9._-]</c>.</param>
/// <param name="CreatedAtMs">Milliseconds of Unix time.</param>
/// <param name="Segments">Everything up to <paramref name="CoveredSequence"/>.</param>
/// <param name="RequestsBlob">Request ids up to it.</param>
/// <param name="CoveredSequence">Of the manifest at that time.</param>
/// <param name="CoveredAtMs">When that was covered.</param>
/// <param name="Logs">What came after it, without a gap.</param>
/// <param name="LastSequence">The state is that of this sequence number.</param>
public sealed record ShardPin(
    string Id,
    long CreatedAtMs,
    IReadOnlyList<SegmentEntry> Segments,
    string? RequestsBlob,
    ulong CoveredSequence,
    long CoveredAtMs,
    IReadOnlyList<SealedLog> Logs,
    ulong LastSequence);

/// <summary>
/// The one truth about a shard, replaced only under If-Match: who owns it, which logs and segments it consists of. Byte by byte:
/// docs/formats/manifest.md. Lists compare by reference; compare <see cref="EditNonce"/> to know whether two are the same edit.
/// </summary>
public sealed record ShardManifest
{
    public required string DatabaseId { get; init; }

    public required int Shard { get; init; }

    public required ShardState State { get; init; }

    /// <summary>Number of the ownership term: grows by one with every new owner.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>Drawn afresh by each owner, so that two who reached for the same epoch can be told apart; 0 before the first owner.</summary>
    public required ulong OwnerNonce { get; init; }

    /// <summary>Counts the replacements of this manifest, from 1.</summary>
    public required ulong EditCounter { get; init; }

    /// <summary>Drawn afresh for each replacement: finds out after a lost answer whether it was ours that took effect.</summary>
    public required ulong EditNonce { get; init; }

    public required ulong FirstHash { get; init; }

    public required ulong LastHash { get; init; }

    public required long MapVersion { get; init; }

    public required ShardConfig Config { get; init; }

    /// <summary>The log that the epoch began with or that the last checkpoint found live; ROLL frames lead on from it.</summary>
    public required string LiveLog { get; init; }

    /// <summary>The first sequence number that frames of <see cref="LiveLog"/> may take.</summary>
    public required ulong LiveFirstSequence { get; init; }

    /// <summary>Logs before <see cref="LiveLog"/>, oldest first, without a gap in their sequence numbers.</summary>
    public IReadOnlyList<SealedLog> SealedLogs { get; init; } = [];

    public IReadOnlyList<SegmentEntry> Segments { get; init; } = [];

    /// <summary>Remembered request ids up to <see cref="CoveredSequence"/>: a blob name relative to the shard; null when none.</summary>
    public string? RequestsBlob { get; init; }

    /// <summary>Everything up to this sequence number is in the segments; replay goes on after it. 0 when nothing is.</summary>
    public ulong CoveredSequence { get; init; }

    /// <summary>When the checkpoint was made, in milliseconds of Unix time; 0 before the first. No state from before it can be restored from the logs.</summary>
    public long CoveredAtMs { get; init; }

    /// <summary>States that are kept, oldest first.</summary>
    public IReadOnlyList<ShardPin> Pins { get; init; } = [];
}
