using System.Globalization;

namespace JadeVector.Grains.Interfaces;

/// <summary>
/// One copy of a shard: its owner (replica 0), or a read copy. Owns its text form, which is the key of the copy's grain:
/// <c>{databaseId}/{shard}</c> for the owner, <c>{databaseId}/{shard}/{replica}</c> for a read copy.
/// </summary>
/// <param name="Replica">0 for the owner, 1 and up for read copies.</param>
[GenerateSerializer, Immutable, Alias("jade.copy-id")]
public readonly record struct CopyId(
    [property: Id(0)] string DatabaseId, [property: Id(1)] int Shard, [property: Id(2)] int Replica)
{
    public bool IsOwner => Replica == 0;

    /// <summary>The owner of the same shard.</summary>
    public CopyId Owner => this with { Replica = 0 };

    /// <exception cref="FormatException">The text is not a copy's.</exception>
    public static CopyId Parse(string text)
    {
        var parts = text.Split('/');
        return parts.Length is 2 or 3 && parts[0].Length > 0 && TryNumber(parts[1], 0, out var shard) && TryReplica(parts, out var replica)
            ? new CopyId(parts[0], shard, replica)
            : throw new FormatException($"'{text}' is not of the form databaseId/shard or databaseId/shard/replica.");
    }

    public override string ToString() => IsOwner
        ? string.Create(CultureInfo.InvariantCulture, $"{DatabaseId}/{Shard}")
        : string.Create(CultureInfo.InvariantCulture, $"{DatabaseId}/{Shard}/{Replica}");

    private static bool TryReplica(string[] parts, out int replica)
    {
        replica = 0;
        return parts.Length == 2 || TryNumber(parts[2], 1, out replica);
    }

    private static bool TryNumber(string text, int min, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= min;
}
