using System.CommandLine.Parsing;
using System.Globalization;

namespace JadeVector.Cli.Commands;

internal static class CommandChecks
{
    /// <summary>Adds an error to an option that was given a number out of range.</summary>
    internal static void Range(OptionResult result, int min, int max)
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, CultureInfo.InvariantCulture, out var number) && (number < min || number > max))
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{result.IdentifierToken?.Value} is {min} to {max}, not {number}."));
    }
}
