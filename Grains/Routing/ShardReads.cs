using System.Buffers.Text;
using System.Globalization;
using System.Text;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>What a read of a database asks of one shard.</summary>
internal static class ShardReads
{
    public static ShardRead For(DatabaseDescription description, ReadOptions options, PositionToken? position, int shard) => new()
    {
        MapVersion = description.ShardMap.Version,
        Consistency = options.Consistency,
        MinSequence = position?.Of(shard) ?? 0,
        Deadline = options.Deadline,
        IncludeValues = options.IncludeValues,
        IncludeMetadata = options.IncludeMetadata,
    };
}

/// <summary>Where a page of vectors ended: the shard, and the version of the last vector returned from it (null: none yet).</summary>
internal sealed record PageCursor(int Shard, ulong? After)
{
    public static PageCursor Parse(string? text)
    {
        if (text is null)
        {
            return new PageCursor(int.MinValue, null);
        }

        var parts = text.Length <= 100 && Base64Url.IsValid(text) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(':') : [];
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var shard) && TryParseAfter(parts[1], out var after)
            ? new PageCursor(shard, after)
            : throw new JadeException("invalid_argument", "cursor is not one that this system gave out.");
    }

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Shard}:{After}")));

    private static bool TryParseAfter(string text, out ulong? after)
    {
        var ok = ulong.TryParse(text, CultureInfo.InvariantCulture, out var value);
        after = ok ? value : null;
        return ok || text.Length == 0;
    }
}
