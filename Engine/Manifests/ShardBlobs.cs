using JadeVector.Engine.Logs;

namespace JadeVector.Engine.Manifests;

/// <summary>Places of a shard's blobs, relative to the shard, and what their names say.</summary>
internal static class ShardBlobs
{
    private const string LogFolder = "log/", SegmentFolder = "segments/", RequestFolder = "requests/";
    private const string Rows = "rows", DeletesPrefix = "deletes-";

    public const string Manifest = "manifest";

    public static string Log(string name) => LogFolder + name;

    public static string RowsOf(string segment) => $"{SegmentFolder}{segment}/{Rows}";

    /// <param name="segment">Whose rows.</param>
    /// <param name="name"><c>{epoch}-{guid}</c>.</param>
    public static string DeletesOf(string segment, string name) => $"{SegmentFolder}{segment}/{DeletesPrefix}{name}";

    public static string Requests(string name) => RequestFolder + name;

    /// <summary>Everything of the shard's own that the manifest names, for itself and for its pins. ROLL frames may lead from its live log to further ones, of its epoch.</summary>
    public static IReadOnlySet<string> NamedBy(ShardManifest manifest)
    {
        var names = new HashSet<string>(StringComparer.Ordinal) { Manifest, Log(manifest.LiveLog) };
        AddState(names, manifest.Segments, manifest.RequestsBlob, manifest.SealedLogs);
        foreach (var pin in manifest.Pins)
            AddState(names, pin.Segments, pin.RequestsBlob, pin.Logs);
        return names;
    }

    /// <summary>The whole name of a segment's rows: a branch has segments in the folder of the shard it came from.</summary>
    public static string RowsOf(Shards.ShardAddress shard, SegmentEntry segment) =>
        (segment.Home is { } home ? Shards.ShardAddress.Parse(home) : shard).Blob(RowsOf(segment.Name));

    private static void AddState(HashSet<string> names, IReadOnlyList<SegmentEntry> segments, string? requests, IReadOnlyList<SealedLog> logs)
    {
        names.UnionWith(logs.Select(l => Log(l.Name)));
        names.UnionWith(segments.Where(s => s.Home is null).Select(s => RowsOf(s.Name)));
        names.UnionWith(segments.Select(s => s.DeletesBlob).Append(requests).OfType<string>());
    }

    /// <summary>The ownership term that a blob was written in; null for the manifest and for what no shard writes.</summary>
    public static ulong? EpochOf(string relativeName)
    {
        var parts = relativeName.Split('/');
        var name = parts switch
        {
            ["log" or "requests", var own] => own,
            ["segments", var segment, Rows] => segment,
            ["segments", _, var own] when own.StartsWith(DeletesPrefix, StringComparison.Ordinal) => own[DeletesPrefix.Length..],
            _ => "",
        };
        return LogNames.TryParse(name, out var epoch) ? epoch : null;
    }
}
