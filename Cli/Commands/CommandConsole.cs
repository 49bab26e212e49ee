using Spectre.Console;

namespace JadeVector.Cli.Commands;

internal static class CommandConsole
{
    /// <summary>Wide enough for the tables; a file or a pipe has no width of its own.</summary>
    private const int RedirectedWidth = 200;

    /// <summary>The terminal; plain text where the output goes elsewhere.</summary>
    internal static IAnsiConsole Create()
    {
        if (!Console.IsOutputRedirected) return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        console.Profile.Width = RedirectedWidth;
        return console;
    }
}
