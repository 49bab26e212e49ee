using System.Net;
using System.Net.Sockets;

namespace JadeVector.Cli.Drills;

/// <summary>How the way to a store fails.</summary>
internal enum StoreFault
{
    None,

    /// <summary>Nobody listens, and what was connected is cut off.</summary>
    Refused,

    /// <summary>Connections are reset, about every third time that something is sent.</summary>
    Dropped,

    /// <summary>Everything sent takes up to a second and a half in each direction.</summary>
    Delayed,

    /// <summary>Requests arrive and are done; the answers come when the fault is over.</summary>
    AnsweredLate,

    /// <summary>Only the first half of a request arrives, about every third time, and the connection is reset.</summary>
    HalfRequest,

    /// <summary>Only the first half of an answer arrives, about every third time, and the connection is reset.</summary>
    HalfAnswer,
}

/// <summary>A TCP proxy on loopback between a node and its store that fails when it is told to.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int ChunkBytes = 64 * 1024;
    private const int DelayMillisecondsMax = 1_500;
    private const int OneIn = 3;

    private readonly int _targetPort;
    private readonly Lock _lock = new();
    private readonly HashSet<Pair> _pairs = [];
    private readonly CancellationTokenSource _end = new();
    private TaskCompletionSource _healed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TcpListener? _listener;
    private volatile StoreFault _fault;

    /// <param name="targetPort">Where the store listens on loopback; it may come and go.</param>
    internal FaultProxy(int targetPort)
    {
        _targetPort = targetPort;
        Port = FreePort();
        Listen();
    }

    internal int Port { get; }

    /// <summary>Bytes that did not arrive, connections that were reset, and pauses: 0 means that the faults met no traffic.</summary>
    internal long FaultCount => Interlocked.Read(ref _faultCount);

    private long _faultCount;

    /// <summary>From now on, until <see cref="Heal"/>.</summary>
    internal void Inject(StoreFault fault)
    {
        _fault = fault;
        if (fault is StoreFault.Refused) StopListening();
        if (fault is not (StoreFault.Refused or StoreFault.Dropped)) return;
        lock (_lock)
        {
            foreach (var pair in _pairs.ToArray()) Reset(pair);
        }
    }

    internal void Heal()
    {
        var wasRefused = _fault is StoreFault.Refused;
        _fault = StoreFault.None;
        if (wasRefused) Listen();
        Interlocked.Exchange(ref _healed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        StopListening();
        lock (_lock)
        {
            foreach (var pair in _pairs.ToArray()) pair.Dispose();
        }

        _end.Dispose();
    }

    private static int FreePort() => Nodes.FreePorts.Take(1)[0];

    private void Listen()
    {
        var listener = _listener = new TcpListener(IPAddress.Loopback, Port);
        listener.Start();
        _ = AcceptAsync(listener);
    }

    private void StopListening()
    {
        _listener?.Dispose();
        _listener = null;
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await listener.AcceptTcpClientAsync(_end.Token);
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }

            _ = ServeAsync(new Pair(client, new TcpClient { NoDelay = true }));
        }
    }

    private async Task ServeAsync(Pair pair)
    {
        lock (_lock) _pairs.Add(pair);
        try
        {
            await pair.Store.ConnectAsync(IPAddress.Loopback, _targetPort, _end.Token);
            await Task.WhenAny(
                PumpAsync(pair, pair.Client.GetStream(), pair.Store.GetStream(), isAnswer: false),
                PumpAsync(pair, pair.Store.GetStream(), pair.Client.GetStream(), isAnswer: true)).Unwrap();
        }
        catch (Exception gone) when (gone is IOException or SocketException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            // One side has left, or the store is not there: the other side learns of it by losing its connection.
        }
        finally
        {
            lock (_lock) _pairs.Remove(pair);
            pair.Dispose();
        }
    }

    private async Task PumpAsync(Pair pair, NetworkStream from, NetworkStream to, bool isAnswer)
    {
        var buffer = new byte[ChunkBytes];
        while (await from.ReadAsync(buffer, _end.Token) is > 0 and var read)
        {
            if (!await PassAsync(pair, to, buffer.AsMemory(0, read), isAnswer)) return;
        }
    }

    /// <returns>False when the connection was reset.</returns>
    private async Task<bool> PassAsync(Pair pair, NetworkStream to, ReadOnlyMemory<byte> bytes, bool isAnswer)
    {
        switch (_fault)
        {
            case StoreFault.Refused:
            case StoreFault.Dropped when Random.Shared.Next(OneIn) == 0:
                Reset(pair);
                return false;
            case StoreFault.Delayed:
                Interlocked.Increment(ref _faultCount);
                await Task.Delay(Random.Shared.Next(DelayMillisecondsMax), _end.Token);
                break;
            case StoreFault.AnsweredLate when isAnswer:
                Interlocked.Increment(ref _faultCount);
                await _healed.Task.WaitAsync(_end.Token);
                break;
            case StoreFault.HalfRequest when !isAnswer && Random.Shared.Next(OneIn) == 0:
            case StoreFault.HalfAnswer when isAnswer && Random.Shared.Next(OneIn) == 0:
                await to.WriteAsync(bytes[..(bytes.Length / 2)], _end.Token);
                await to.FlushAsync(_end.Token);
                pair.Dispose(); // in order, so that the half arrives before the end
                Interlocked.Increment(ref _faultCount);
                return false;
        }

        await to.WriteAsync(bytes, _end.Token);
        return true;
    }

    private void Reset(Pair pair)
    {
        Interlocked.Increment(ref _faultCount);
        pair.Reset();
    }

    /// <summary>A connection from the node, and its own to the store.</summary>
    private sealed class Pair(TcpClient client, TcpClient store) : IDisposable
    {
        internal TcpClient Client { get; } = client;

        internal TcpClient Store { get; } = store;

        /// <summary>Both sides see a reset, not an end.</summary>
        internal void Reset()
        {
            foreach (var socket in new[] { Client.Client, Store.Client }.OfType<Socket>())
            {
                try
                {
                    socket.LingerState = new LingerOption(true, 0);
                }
                catch (Exception gone) when (gone is ObjectDisposedException or SocketException)
                {
                    // Closed already.
                }
            }

            Dispose();
        }

        public void Dispose()
        {
            Client.Dispose();
            Store.Dispose();
        }
    }
}
