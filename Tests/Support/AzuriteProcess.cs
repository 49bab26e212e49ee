using System.Diagnostics;
using System.Text.RegularExpressions;

namespace JadeVector.Tests.Support;

/// <summary>An Azurite of its own on a free port, for tests that stop or kill it. It ends with this process, however that ends.</summary>
internal sealed partial class AzuriteProcess : IAsyncDisposable
{
    // Published by Microsoft for every emulator: no secret.
    private const string WellKnownKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan StartTimeMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private readonly string _service;

    private AzuriteProcess(Process process, int port, string service) => (_process, Port, _service) = (process, port, service);

    public int Port { get; }

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={WellKnownKey};{_service}Endpoint=http://127.0.0.1:{Port}/devstoreaccount1;";

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
    /// <param name="port">0 for any that is free; tables do not tell which one they took, and need a number.</param>
    /// <param name="service"><c>Blob</c> or <c>Table</c>.</param>
    public static async Task<AzuriteProcess> StartAsync(string location, int port = 0, string service = "Blob")
    {
        var program = Program?.Replace("azurite-blob", $"azurite-{service.ToLowerInvariant()}", StringComparison.Ordinal) ?? throw new InvalidOperationException("Azurite is not installed: run ./jade test, or npm ci in eng/azurite.");
        var start = Watchdog.Over(
            program, $"--{service.ToLowerInvariant()}Host", "127.0.0.1", $"--{service.ToLowerInvariant()}Port", $"{port}", "--location", location, "--disableTelemetry", "--skipApiVersionCheck");
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
            return new AzuriteProcess(process, await listening.Task.WaitAsync(StartTimeMax), service);
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

    [GeneratedRegex(@"successfully (?:listens on http://|started on )127\.0\.0\.1:(\d+)")]
    private static partial Regex ListensOn();
}
