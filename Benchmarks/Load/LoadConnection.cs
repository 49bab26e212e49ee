using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace JadeVector.Benchmarks.Load;

/// <param name="Status">Of HTTP.</param>
/// <param name="Code">Of a refusal; null of a good answer.</param>
internal readonly record struct LoadAnswer(int Status, string? Code)
{
    internal bool IsGood => Status is >= 200 and < 300;
}

/// <summary>One kept connection with one request under way: nothing but the socket, so that the time is the node's and the core is free for load.</summary>
internal sealed class LoadConnection : IDisposable
{
    private const int BufferBytes = 32 * 1024;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _answer = new byte[BufferBytes];
    private int _length;

    private LoadConnection()
    {
    }

    /// <summary>The last answer, head and body as they came.</summary>
    internal string Text => Encoding.UTF8.GetString(_answer, 0, _length);

    internal static async Task<LoadConnection> OpenAsync(Uri address, CancellationToken cancellation)
    {
        var connection = new LoadConnection();
        try
        {
            await connection._socket.ConnectAsync(address.Host, address.Port, cancellation);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>For <see cref="Send"/> alone: a socket that was ever used asynchronously never waits in the system again.</summary>
    internal static LoadConnection Open(Uri address)
    {
        var connection = new LoadConnection();
        try
        {
            connection._socket.Connect(address.Host, address.Port);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <exception cref="IOException">The node has closed the connection.</exception>
    internal async Task<LoadAnswer> SendAsync(ReadOnlyMemory<byte> request, CancellationToken cancellation)
    {
        for (var sent = 0; sent < request.Length;)
            sent += await _socket.SendAsync(request[sent..], SocketFlags.None, cancellation);
        for (_length = 0; ;)
        {
            if (_length == _answer.Length) Array.Resize(ref _answer, 2 * _answer.Length);
            if (Received(await _socket.ReceiveAsync(_answer.AsMemory(_length), SocketFlags.None, cancellation)) is { } answer) return answer;
        }
    }

    /// <summary>The same on the calling thread, which waits in the system: for one request after the other, where a thread that has to be woken for the answer would be part of its time.</summary>
    /// <exception cref="IOException">The node has closed the connection.</exception>
    internal LoadAnswer Send(ReadOnlySpan<byte> request)
    {
        while (!request.IsEmpty) request = request[_socket.Send(request)..];
        for (_length = 0; ;)
        {
            if (_length == _answer.Length) Array.Resize(ref _answer, 2 * _answer.Length);
            if (Received(_socket.Receive(_answer.AsSpan(_length))) is { } answer) return answer;
        }
    }

    /// <summary>Sends what has to succeed.</summary>
    /// <exception cref="BenchException">It did not.</exception>
    internal async Task ExpectAsync(ReadOnlyMemory<byte> request, CancellationToken cancellation) => Expect(await SendAsync(request, cancellation));

    /// <inheritdoc cref="ExpectAsync"/>
    internal void Expect(ReadOnlySpan<byte> request) => Expect(Send(request));

    public void Dispose() => _socket.Dispose();

    private void Expect(LoadAnswer answer)
    {
        if (!answer.IsGood) throw new BenchException($"The node answered {answer.Status} {answer.Code}: {Text}");
    }

    /// <returns>Null: there is more to come.</returns>
    private LoadAnswer? Received(int count)
    {
        if (count == 0) throw new IOException("The node has closed the connection.");
        _length += count;
        return Parse(_answer.AsSpan(0, _length));
    }

    /// <returns>Null: there is more to come.</returns>
    private static LoadAnswer? Parse(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0) return null;
        var head = bytes[..end];
        var body = bytes[(end + 4)..];
        var lengthAt = head.IndexOf("Content-Length: "u8);
        var isWhole = lengthAt >= 0 ? body.Length >= NumberAt(head[(lengthAt + 16)..]) : body.EndsWith("0\r\n\r\n"u8);
        if (!isWhole) return null;
        var status = NumberAt(head["HTTP/1.1 ".Length..]);
        return new LoadAnswer(status, status < 300 ? null : CodeIn(body));
    }

    private static int NumberAt(ReadOnlySpan<byte> digits)
    {
        var length = digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return int.Parse(length < 0 ? digits : digits[..length], CultureInfo.InvariantCulture);
    }

    private static string CodeIn(ReadOnlySpan<byte> body)
    {
        var at = body.IndexOf("\"code\":\""u8);
        if (at < 0) return "none";
        var code = body[(at + 8)..];
        code = code[..Math.Max(0, code.IndexOf((byte)'"'))];
        return code.SequenceEqual("overloaded"u8) ? "overloaded" : Encoding.UTF8.GetString(code);
    }
}
