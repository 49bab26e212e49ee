using System.Diagnostics;

namespace JadeVector.Tests.Support;

/// <summary>Starts a program that ends with this process, however that ends.</summary>
internal static class Watchdog
{
    // The shell lives as long as the program; when this process is gone its standard input ends, and the program is told to stop.
    private const string Script = """exec 3<&0; "$0" "$@" </dev/null & child=$!; (cat <&3 >/dev/null 2>&1; kill $child 2>/dev/null) >/dev/null 2>&1 & wait $child""";

    /// <returns>What starts it, with its output redirected; closing the standard input tells it to stop.</returns>
    public static ProcessStartInfo Over(string program, params string[] arguments) =>
        new("/bin/sh", ["-c", Script, program, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
}
