using JadeVector.Client;

namespace JadeVector.Cli.Drills;

/// <summary>Which answers a client must put up with while nodes and stores come and go.</summary>
internal static class DrillAnswers
{
    internal const string RolledBack = "store_rolled_back";

    private const string Damaged = "shard_damaged";

    /// <summary>Asked again, the request may succeed. Damage says so too, for an operator may mend it; in a drill nothing may be damaged.</summary>
    internal static bool MayPass(JadeApiException refused) => refused.IsTransient && refused.Code is not (Damaged or RolledBack);

    /// <summary>No answer came.</summary>
    internal static bool IsSilence(Exception problem) => problem is HttpRequestException or TimeoutException;
}
