using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace JadeVector.Hosting;

/// <summary>What the executables share: a start that is refused, or that fails on its surroundings, is told in one line and ends the process with 1.</summary>
public static class JadeProcess
{
    /// <summary>The category whose log of a failed start would tell the same again as a stack trace.</summary>
    public const string HostCategory = "Microsoft.Extensions.Hosting.Internal.Host";

    public static async Task<int> RunAsync(Func<Task> run)
    {
        try
        {
            await run();
            return 0;
        }
        catch (Exception problem) when (Reason(problem) is { } reason)
        {
            await Console.Error.WriteLineAsync($"jade: {reason.Message}");
            return 1;
        }
    }

    /// <summary>The actor runtime wraps what its stages throw: our own word for it goes first.</summary>
    private static Exception? Reason(Exception problem) =>
        Causes(problem).FirstOrDefault(cause => cause is JadeStartException)
        ?? Causes(problem).FirstOrDefault(cause => cause is OptionsValidationException or IOException or SocketException or OrleansException);

    private static IEnumerable<Exception> Causes(Exception problem)
    {
        for (var cause = problem; cause is not null; cause = cause.InnerException)
            yield return cause;
    }
}
