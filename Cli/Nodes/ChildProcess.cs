using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace JadeVector.Cli.Nodes;

/// <summary>A process of ours that does not outlive us while we can help it; its last words are kept for error messages.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int TermSignal = 15;
    private const int LinesKept = 20;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly Queue<string> _lastLines = [];
    private readonly TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StreamWriter? _log;
    private string? _awaited;

    private ChildProcess(Process process, StreamWriter? log) => (_process, _log) = (process, log);

    internal int Id => _process.Id;

    internal bool HasExited => _process.HasExited;

    /// <summary>For messages: the exit code and what was printed last.</summary>
    internal string LastWords
    {
        get
        {
            lock (_lastLines)
            {
                var words = string.Join(" | ", _lastLines.Select(line => line.Trim()).Where(line => line.Length > 0));
                return $"exit code {(_process.HasExited ? _process.ExitCode : "none")}{(words.Length > 0 ? $", last words: {words}" : "")}";
            }
        }
    }

    /// <param name="logFile">Gets every line printed, with the time; appended to where it exists.</param>
    /// <exception cref="CliException">The program cannot be started.</exception>
    internal static ChildProcess Start(ProcessStartInfo start, string? logFile = null)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.UseShellExecute = false;
        var process = new Process { StartInfo = start };
        var child = new ChildProcess(process, logFile is null ? null : new StreamWriter(logFile, append: true) { AutoFlush = true });
        process.OutputDataReceived += (_, line) => child.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => child.Keep(line.Data);
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            child._log?.Dispose();
            throw new CliException($"{start.FileName} cannot be started: {missing.Message}", missing);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Completes when the process prints a line with that text, or has ended; ask once, right after the start.</summary>
    internal async Task UntilSaidAsync(string text, CancellationToken cancellation)
    {
        lock (_lastLines)
        {
            _awaited = text;
            if (_lastLines.Any(line => line.Contains(text, StringComparison.Ordinal))) _said.TrySetResult();
        }

        await Task.WhenAny(_said.Task, _process.WaitForExitAsync(cancellation)).WaitAsync(cancellation);
    }

    /// <summary>SIGKILL: the process gets no chance to finish anything. Returns when it is gone.</summary>
    internal async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and SIGKILL when that does not help.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            if (OperatingSystem.IsWindows() || Signal(_process.Id, TermSignal) != 0) _process.Kill();
            using var timeout = new CancellationTokenSource(StopTimeout);
            try
            {
                await _process.WaitForExitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                await KillAsync();
            }
        }

        _process.Dispose();
        lock (_lastLines) _log?.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_lastLines)
        {
            if (_log is { BaseStream.CanWrite: true }) _log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:HH:mm:ss.fff} {line}"));
            _lastLines.Enqueue(line);
            if (_lastLines.Count > LinesKept) _lastLines.Dequeue();
            if (_awaited is { } text && line.Contains(text, StringComparison.Ordinal)) _said.TrySetResult();
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Signal(int process, int signal);
}
