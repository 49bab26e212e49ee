using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;

namespace JadeVector.Benchmarks.Load;

/// <summary>
/// Sends requests at a rate, whatever becomes of those before, from one thread that wakes every millisecond. A request's time counts from
/// the millisecond in which it was due, also when the generator or a connection was late.
/// </summary>
/// <param name="connectionsMax">Requests under way at once; what is due beyond is not sent, and counted.</param>
internal sealed class OpenLoop(Uri address, byte[][] requests, LoadRecord record, int connectionsMax)
{
    private readonly ConcurrentStack<LoadConnection> _idle = new();
    private int _underWay;

    /// <summary>Requests that were due while all connections waited for answers.</summary>
    internal long Unsent { get; private set; }

    internal long Sent { get; private set; }

    /// <summary>Returns when the time is over and every request has its answer.</summary>
    internal async Task RunAsync(double rate, TimeSpan time, CancellationToken cancellation)
    {
        await Task.Factory.StartNew(() => Generate(rate, time, cancellation), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (Volatile.Read(ref _underWay) > 0) await Task.Delay(1, cancellation);
        while (_idle.TryPop(out var connection)) connection.Dispose();
    }

    private void Generate(double rate, TimeSpan time, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        long due = 0;
        for (var tick = 1; tick <= time.TotalMilliseconds && !cancellation.IsCancellationRequested; tick++)
        {
            var at = began + (tick * Stopwatch.Frequency / 1_000);
            while (Stopwatch.GetTimestamp() < at) Thread.Sleep(1);
            for (var until = (long)(rate * tick / 1_000); due < until; due++) Send(requests[due % requests.Length], at);
        }
    }

    private void Send(byte[] request, long dueAt)
    {
        if (Volatile.Read(ref _underWay) >= connectionsMax)
        {
            Unsent++;
            return;
        }

        Interlocked.Increment(ref _underWay);
        Sent++;
        _ = SendAsync(request, dueAt);
    }

    private async Task SendAsync(byte[] request, long dueAt)
    {
        LoadConnection? connection = null;
        try
        {
            if (!_idle.TryPop(out connection)) connection = await LoadConnection.OpenAsync(address, CancellationToken.None);
            record.Add(await connection.SendAsync(request, CancellationToken.None), Stopwatch.GetElapsedTime(dueAt));
            _idle.Push(connection);
        }
        catch (Exception problem) when (problem is IOException or SocketException)
        {
            connection?.Dispose();
            record.Add(problem.GetType().Name);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }
}
