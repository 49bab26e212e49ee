using System.Diagnostics;
using System.Globalization;
using JadeVector.Cli.Nodes;
using JadeVector.Tests.Support;
using TemporaryDirectory = JadeVector.Tests.Support.TemporaryDirectory;

namespace JadeVector.Tests.Cluster.Support;

/// <summary>A PostgreSQL server of our own on a free port. It ends with this process, however that ends.</summary>
internal sealed class PostgresProcess : IAsyncDisposable
{
    private const string User = "jade";

    private static readonly TimeSpan StartTimeMax = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly TemporaryDirectory _directory;
    private readonly int _port;

    private PostgresProcess(Process process, TemporaryDirectory directory, int port) => (_process, _directory, _port) = (process, directory, port);

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={_port};Username={User};Database=postgres");

    /// <summary>Where the newest installed server is, or null (Debian's package postgresql; ./jade test installs it).</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderBy(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
            .Select(path => Path.Join(path, "bin")).LastOrDefault(path => File.Exists(Path.Join(path, "postgres")))
        : null;

    public static async Task<PostgresProcess> StartAsync()
    {
        var programs = Programs ?? throw new InvalidOperationException("PostgreSQL is not installed.");
        var directory = new TemporaryDirectory();
        var data = Path.Join(directory.Path, "data");
        if (Environment.IsPrivilegedProcess)
            await RunAsync("chown", "postgres", directory.Path); // the server refuses to run as root
        await RunAsync([.. AsServer(), Path.Join(programs, "initdb"), "-D", data, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        var port = FreePorts.Take(1)[0];
        string[] server =
        [
            .. AsServer(), Path.Join(programs, "postgres"), "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), "-h", "127.0.0.1", "-k", "",
            "-c", "fsync=off", "-c", "max_connections=200",
        ];
        var process = new Process { StartInfo = Watchdog.Over(server[0], server[1..]), EnableRaisingEvents = true };
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var said = new List<string>();
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null || ready.Task.IsCompleted)
                return;
            said.Add(line.Data);
            if (line.Data.Contains("ready to accept connections", StringComparison.Ordinal))
                ready.TrySetResult();
        };
        process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"PostgreSQL ended at once: {string.Join(" | ", said)}"));
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var postgres = new PostgresProcess(process, directory, port);
        try
        {
            await ready.Task.WaitAsync(StartTimeMax);
            return postgres;
        }
        catch
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _directory.Dispose();
    }

    private static string[] AsServer() => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{command[0]} failed: {string.Concat(said)}");
    }
}
