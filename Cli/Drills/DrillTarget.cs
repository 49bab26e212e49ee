using System.Diagnostics;
using JadeVector.Client;

namespace JadeVector.Cli.Drills;

/// <summary>The node under drill as its clients find it: another address after a restart, perhaps, and the same database.</summary>
internal sealed class DrillTarget(Uri address) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly List<JadeClient> _clients = [ClientOf(address)];

    internal JadeClient Client => Volatile.Read(ref _current) ?? _clients[0];

    internal string DatabaseId { get; set; } = "";

    /// <summary>Whether the store is made to lose what it acknowledged, so that shards may have to refuse.</summary>
    internal bool MayRollBack { get; set; }

    private JadeClient? _current;
    private long _upSince = Stopwatch.GetTimestamp();

    /// <summary>By <see cref="Stopwatch"/>: when the node was last started.</summary>
    internal long UpSince => Volatile.Read(ref _upSince);

    /// <summary>Later requests go there; those under way end as they may.</summary>
    internal void MoveTo(Uri address)
    {
        var client = ClientOf(address);
        _clients.Add(client);
        Volatile.Write(ref _current, client);
        Volatile.Write(ref _upSince, Stopwatch.GetTimestamp());
    }

    public void Dispose() => _clients.ForEach(client => client.Dispose());

    private static JadeClient ClientOf(Uri address) => new(new JadeClientOptions { BaseAddress = address, Timeout = Timeout });
}
