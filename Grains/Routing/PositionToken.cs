using System.Buffers.Text;
using System.Text;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>
/// Where a write ended: database, version of the shard map, and the sequence reached in each shard it touched. Opaque to
/// callers: base64url of <c>1;database;mapVersion;shard=sequence;…</c>.
/// </summary>
internal sealed record PositionToken(string DatabaseId, long MapVersion, IReadOnlyDictionary<int, ulong> Sequences)
{
    private const string Format = "1";

    /// <summary>The sequence that a read of this shard must have reached; 0 for none.</summary>
    public ulong Of(int shard) => Sequences.GetValueOrDefault(shard);

    /// <exception cref="JadeException"><c>invalid_argument</c> for what is no token, <c>gone</c> for one of another (deleted) database.</exception>
    public static PositionToken? Parse(string? text, string databaseId)
    {
        if (text is null)
        {
            return null;
        }

        var token = TryParse(text) ?? throw new JadeException("invalid_argument", "minPosition is not a position token of this system.");
        return token.DatabaseId == databaseId
            ? token
            : throw new JadeException("gone", $"minPosition belongs to database '{token.DatabaseId}', not to '{databaseId}'.");
    }

    public override string ToString()
    {
        var text = new StringBuilder($"{Format};{DatabaseId};{MapVersion}");
        foreach (var (shard, sequence) in Sequences.OrderBy(pair => pair.Key))
        {
            text.Append(';').Append(shard).Append('=').Append(sequence);
        }

        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static PositionToken? TryParse(string text)
    {
        if (text.Length > 100_000 || !Base64Url.IsValid(text))
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(';');
        if (parts.Length < 3 || parts[0] != Format || !long.TryParse(parts[2], out var mapVersion))
        {
            return null;
        }

        var sequences = new Dictionary<int, ulong>();
        foreach (var part in parts.AsSpan(3))
        {
            var pair = part.Split('=');
            if (pair.Length != 2 || !int.TryParse(pair[0], out var shard) || !ulong.TryParse(pair[1], out var sequence) || !sequences.TryAdd(shard, sequence))
            {
                return null;
            }
        }

        return new PositionToken(parts[1], mapVersion, sequences);
    }
}
