using JadeVector.Engine.Determinism;

namespace JadeVector.Grains.Routing;

/// <summary>Ids of databases and snapshots: <c>db_</c> or <c>sn_</c> and a ULID (48 bits of milliseconds, 80 of chance) in lower-case Crockford base 32.</summary>
internal static class DatabaseIds
{
    private const string Prefix = "db_";
    private const string SnapshotPrefix = "sn_";
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int UlidLength = 26;

    public static string Make(TimeProvider clock, IdSource ids) => Make(Prefix, clock, ids);

    public static string MakeSnapshot(TimeProvider clock, IdSource ids) => Make(SnapshotPrefix, clock, ids);

    private static string Make(string prefix, TimeProvider clock, IdSource ids)
    {
        Span<byte> chance = stackalloc byte[10];
        ids.Fill(chance);
        UInt128 value = (ulong)clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var b in chance)
        {
            value = (value << 8) | b;
        }

        Span<char> text = stackalloc char[UlidLength];
        for (var i = UlidLength - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(value & 31)];
            value >>= 5;
        }

        return string.Concat(prefix, text);
    }

    /// <summary>Anything else cannot name a database, and never reaches a grain or a path.</summary>
    public static bool IsWellFormed(string id) =>
        id.Length == Prefix.Length + UlidLength && id.StartsWith(Prefix, StringComparison.Ordinal) && !id.AsSpan(Prefix.Length).ContainsAnyExcept(Alphabet);
}
