using System.Globalization;

namespace JadeVector.Engine.Logs;

/// <summary>Names of logs and segments, <c>{epoch}-{guid}</c>: the guid makes them unique, the epoch tells whose garbage they may be.</summary>
internal static class LogNames
{
    public const int LengthMax = 20 + 1 + 32;

    public static string Create(ulong epoch, Guid guid) => string.Create(CultureInfo.InvariantCulture, $"{epoch}-{guid:N}");

    public static bool TryParse(string name, out ulong epoch)
    {
        epoch = 0;
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash > 0
            && ulong.TryParse(name.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out epoch)
            && Guid.TryParseExact(name.AsSpan(dash + 1), "N", out var guid)
            && Create(epoch, guid) == name;
    }
}
