using System.Net;
using System.Net.Sockets;
using JadeVector.Cli.Drills;
using Xunit;

namespace JadeVector.Tests.Cli.Drills;

/// <summary>The proxy passes everything, and each of its faults does what its name says to a server that echoes.</summary>
public sealed class FaultProxyTests : IAsyncLifetime
{
    private const int AttemptsMax = 200; // a fault that strikes every third time does so in the end

    private static readonly byte[] Request = [1, 2, 3, 4];

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private FaultProxy _proxy = null!;
    private int _received;

    public ValueTask InitializeAsync()
    {
        _server.Start();
        _proxy = new FaultProxy(((IPEndPoint)_server.LocalEndpoint).Port);
        _ = EchoAsync();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _server.Dispose();
    }

    [Theory]
    [InlineData(nameof(StoreFault.Refused))]
    [InlineData(nameof(StoreFault.Dropped))]
    [InlineData(nameof(StoreFault.HalfRequest))]
    [InlineData(nameof(StoreFault.HalfAnswer))]
    public async Task Fault_breaks_what_is_sent_until_it_is_healed(string fault)
    {
        Assert.Equal(Request, await AskAsync());
        _proxy.Inject(Enum.Parse<StoreFault>(fault));
        byte[]? answer = Request;
        for (var i = 0; i < AttemptsMax && answer?.Length == Request.Length; i++) answer = await AskAsync();

        Assert.NotEqual(Request, answer);
        Assert.True(fault == nameof(StoreFault.Refused) || _proxy.FaultCount > 0);
        if (fault == nameof(StoreFault.HalfAnswer)) Assert.Equal(Request[..2], answer);
        _proxy.Heal();
        Assert.Equal(Request, await AskAsync());
    }

    [Fact]
    public async Task Late_answer_comes_when_the_fault_is_over_and_the_request_before()
    {
        _proxy.Inject(StoreFault.AnsweredLate);
        var asking = AskAsync();
        while (Volatile.Read(ref _received) < Request.Length) await Task.Yield();
        while (_proxy.FaultCount == 0) await Task.Yield();
        Assert.False(asking.IsCompleted);

        _proxy.Heal();
        Assert.Equal(Request, await asking);
    }

    [Fact]
    public async Task Delayed_answer_comes_whole()
    {
        _proxy.Inject(StoreFault.Delayed);
        Assert.Equal(Request, await AskAsync());
        Assert.Equal(2, _proxy.FaultCount);
    }

    /// <returns>What came before the connection ended; null when it was refused or reset.</returns>
    private async Task<byte[]?> AskAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
            var stream = client.GetStream();
            await stream.WriteAsync(Request);
            var answer = new byte[Request.Length];
            return answer[..await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false)];
        }
        catch (Exception broken) when (broken is SocketException or IOException)
        {
            return null;
        }
    }

    private async Task EchoAsync()
    {
        while (true)
        {
            TcpClient client;
            try
            {
                client = await _server.AcceptTcpClientAsync();
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = EchoAsync(client);
        }
    }

    private async Task EchoAsync(TcpClient client)
    {
        using (client)
        {
            var (stream, buffer) = (client.GetStream(), new byte[Request.Length]);
            try
            {
                var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
                Interlocked.Add(ref _received, read);
                if (read == buffer.Length) await stream.WriteAsync(buffer);
            }
            catch (IOException)
            {
                // Reset: that is what the proxy is for.
            }
        }
    }
}
