using System.Diagnostics;
using System.Text.RegularExpressions;

namespace JadeVector.Tests.Support;

/// <summary>An Azurite of its own on a free port, for tests that stop or kill it. It ends with this process, however that ends.</summary>
internal sealed partial class AzuriteProcess : IAsyncDisposable
{
    // Published by Microsoft for every emulator: no secret.
    private const string WellKnownKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    // The shell lives as long as Azurite; when this process is gone its standard input ends, and Azurite is told to stop.
    private const string Watchdog = """exec 3<&0; "$0" "$@" </dev/null & child=$!; (cat <&3 >/dev/null 2>&1; kill $child 2>/dev/null) >/dev/null 2>&1 & wait $child""";

    private static readonly TimeSpan StartTimeMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private AzuriteProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={WellKnownKey};BlobEndpoint=http://127.0.0.1:{Port}/devstoreaccount1;";

    /// <summary>The program, or null when npm has not installed it (./jade test does).</summary>
    public static string? Program
    {
        get
        {
            if (Environment.GetEnvironmentVariable("JADE_AZURITE") is { Length: > 0 } named)
                return named;
            for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            {
                var installed = Path.Join(directory.FullName, "eng/azurite/node_modules/.bin/azurite-blob");
                if (File.Exists(installed))
                    return installed;
            }

            return null;
        }
    }

    /// <param name="location">Where it keeps its data.</param>
    /// <param name="port">0 for any that is free.</param>
    public static async Task<AzuriteProcess> StartAsync(string location, int port = 0)
    {
        var program = Program ?? throw new InvalidOperationException("Azurite is not installed: run ./jade test, or npm ci in eng/azurite.");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
            ["-c", Watchdog, program, "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--location", location, "--disableTelemetry", "--skipApiVersionCheck"];
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var listening = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var said = new List<string>();
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException($"Azurite ended at once: {string.Join(" | ", said)}"));
        process.Start();
        process.BeginOutputReadLine();   // to its end: a full pipe would stop Azurite
        process.BeginErrorReadLine();
        try
        {
            return new AzuriteProcess(process, await listening.Task.WaitAsync(StartTimeMax));
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }

        void Hear(string? line)
        {
            if (line is null || listening.Task.IsCompleted)
                return;
            said.Add(line);
            if (ListensOn().Match(line) is { Success: true } match)
                listening.TrySetResult(int.Parse(match.Groups[1].ValueSpan, null));
        }
    }

    /// <summary>SIGKILL: what Azurite acknowledged and had not saved is lost.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets it save and end.</summary>
    public async Task StopAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"listens on http://127\.0\.0\.1:(\d+)")]
    private static partial Regex ListensOn();
}
