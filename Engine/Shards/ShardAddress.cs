using System.Globalization;

namespace JadeVector.Engine.Shards;

/// <summary>
/// Which shard of which database; owns its text form <c>{databaseId}/{shard}</c> (also the key of the shard's grain) and the
/// places of its blobs.
/// </summary>
/// <param name="DatabaseId">One part of a blob name: <c>[A-Za-z0-9._-]</c>, 1 to 64 characters, not "." or "..".</param>
/// <param name="Shard">0 or more.</param>
public readonly record struct ShardAddress(string DatabaseId, int Shard)
{
    public const int DatabaseIdLengthMax = 64;

    /// <summary>Everything of the shard is under this prefix; ends in '/'.</summary>
    public string Prefix => string.Create(CultureInfo.InvariantCulture, $"databases/{DatabaseId}/shards/{Shard}/");

    /// <summary>The manifest: the one truth about the shard.</summary>
    public string ManifestBlob => Prefix + "manifest";

    /// <summary>The shard's logs are under this prefix; ends in '/'.</summary>
    public string LogPrefix => Prefix + "log/";

    /// <summary>The shard's segments are under this prefix; ends in '/'.</summary>
    public string SegmentPrefix => Prefix + "segments/";

    /// <summary>The whole blob name of a log.</summary>
    /// <param name="logName"><c>{epoch}-{guid}</c>, as manifests and ROLL frames have it.</param>
    public string LogBlob(string logName) => LogPrefix + logName;

    /// <summary>The whole blob name of something a manifest names relative to the shard, such as <c>segments/7-…/rows</c>.</summary>
    public string Blob(string relativeName) => Prefix + relativeName;

    /// <summary>Reads <c>{databaseId}/{shard}</c>.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static ShardAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not of the form databaseId/shard.");

    public static bool TryParse(string? text, out ShardAddress address)
    {
        address = default;
        var slash = text?.IndexOf('/') ?? -1;
        if (slash < 0 || !IsDatabaseId(text.AsSpan(0, slash)))
        {
            return false;
        }

        // The number is read back and compared so that each shard has one text form only ("01" and "+1" are not 1).
        var digits = text.AsSpan(slash + 1);
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var shard)
            || !digits.SequenceEqual(shard.ToString(CultureInfo.InvariantCulture)))
        {
            return false;
        }

        address = new ShardAddress(text![..slash], shard);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{DatabaseId}/{Shard}");

    private static bool IsDatabaseId(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > DatabaseIdLengthMax || text is "." or "..")
        {
            return false;
        }

        foreach (var letter in text)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
