using System.Globalization;

namespace JadeVector.Api.Metrics;

/// <summary>Statuses as texts that are made once.</summary>
internal static class StatusNames
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 600).Select(status => status.ToString(CultureInfo.InvariantCulture))];

    public static string Of(int status) => status is >= 0 and < 600 ? Names[status] : "0";
}
