namespace JadeVector.Engine.Shards;

/// <summary>How far a checkpoint or a compaction is with the index over the rows that it writes.</summary>
/// <param name="RowsDone">
/// 0 to <paramref name="Rows"/>, and never less than before: rows that are linked into the graph; for a flat index those that were copied; for cells and hash tables, which are
/// built over all rows at once, the share of the work that is done, in rows. At the end the segment is still to be stored and installed.
/// </param>
/// <param name="Rows">Rows that are written.</param>
public readonly record struct BuildProgress(long RowsDone, long Rows);

/// <summary>A checkpoint or a compaction that is under way, for whoever asks how far it is.</summary>
/// <param name="parts">Whose rows are written.</param>
/// <param name="rows">That they have, or will have once all are copied.</param>
internal sealed class BuildUnderWay(IReadOnlyList<GrowingPart> parts, long rows)
{
    public BuildProgress Progress => new(parts.Sum(part => (long)part.IndexedCount), rows);
}
