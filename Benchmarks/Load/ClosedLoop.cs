using System.Diagnostics;

namespace JadeVector.Benchmarks.Load;

/// <summary>Clients each of which sends its next request when it has the answer to the last.</summary>
internal static class ClosedLoop
{
    /// <returns>Accepted answers a second.</returns>
    internal static async Task<double> RunAsync(Uri address, int clients, TimeSpan time, byte[][] requests, LoadRecord record, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                using var connection = await LoadConnection.OpenAsync(address, cancellation);
                for (var next = client; Stopwatch.GetElapsedTime(began) < time; next += clients)
                {
                    var sent = Stopwatch.GetTimestamp();
                    record.Add(await connection.SendAsync(requests[next % requests.Length], cancellation), Stopwatch.GetElapsedTime(sent));
                }
            },
            cancellation)));
        return record.Accepted / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
