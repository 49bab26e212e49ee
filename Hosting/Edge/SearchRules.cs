using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>What a search must have, and what its answer says.</summary>
internal static class SearchRules
{
    /// <summary>A vector, or a text to make it of.</summary>
    public static void CheckQuery(bool hasVector, bool hasText)
    {
        if (!hasVector && !hasText)
            throw Refuse.Missing("queryVector", "a search needs 'queryVector', or 'queryText' to make it of.");
        if (hasVector && hasText)
            throw Refuse.Invalid("queryText", "cannot stand beside 'queryVector': a vector search has one query.");
    }

    public static ApiRefusal NoFilter() => Refuse.Invalid("filters", "must be an object or a list of conditions.");

    /// <summary>The filter goes to the shards as the client wrote it; they know its grammar.</summary>
    public static byte[] Filter(ReadOnlySpan<byte> document, LimitOptions limits) => document.Length <= limits.FilterBytes
        ? document.ToArray()
        : throw Refuse.Limit("filters (bytes)", nameof(LimitOptions.FilterBytes), limits.FilterBytes, document.Length);

    /// <summary>The database's index if any shard searched it, else a scan; an empty database answers with what it would use.</summary>
    public static string IndexUsed(SearchReply reply, DatabaseDescription database)
    {
        var worked = false;
        foreach (var shard in reply.Shards)
        {
            if (IsOfIndex(shard.Strategy))
                return DatabaseNames.Of(database.Settings.Index);
            worked |= shard.Strategy != "empty";
        }

        return DatabaseNames.Of(worked ? IndexKind.Flat : database.Settings.Index);
    }

    private static bool IsOfIndex(string strategy) =>
        strategy.Contains("graph", StringComparison.Ordinal) || strategy.Contains("cells", StringComparison.Ordinal) || strategy.Contains("tables", StringComparison.Ordinal);

    /// <summary>A score: JSON has no infinity, so one that overflowed becomes the largest number.</summary>
    public static float Score(float score) => float.IsNaN(score) ? 0 : Math.Clamp(score, float.MinValue, float.MaxValue);
}
