using System.Diagnostics;
using System.Globalization;

namespace JadeVector.Benchmarks.Load;

/// <summary>What the system says of a process; Linux.</summary>
internal static class MeasuredProcess
{
    /// <summary>MiB of memory that the process has in RAM.</summary>
    internal static double ResidentMebibytes(int processId) => Field(processId, "VmRSS:");

    /// <summary>The most that it ever had.</summary>
    internal static double PeakMebibytes(int processId) => Field(processId, "VmHWM:");

    /// <summary>Seconds of a processor that the process has used, in the system's calls too: what others do on the machine does not change it much.</summary>
    internal static double ProcessorSeconds(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>The number of the last processor of this machine.</summary>
    internal static int LastProcessor => Environment.ProcessorCount - 1;

    /// <summary>Starts this command again on one processor: threads that exist already would stay where they are.</summary>
    /// <returns>Its exit code.</returns>
    internal static async Task<int> RunOnAsync(int processor, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        string[] command = ["-c", processor.ToString(CultureInfo.InvariantCulture), "dotnet", typeof(MeasuredProcess).Assembly.Location, .. arguments];
        using var process = Process.Start(new ProcessStartInfo("taskset", command)) ?? throw new BenchException("taskset cannot be started.");
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode;
    }

    private static double Field(int processId, string name)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }
}
