using System.Net;
using System.Net.Sockets;

namespace JadeVector.Cli.Nodes;

internal static class FreePorts
{
    /// <summary>Loopback ports that nobody listened on a moment ago, all different.</summary>
    internal static int[] Take(int count)
    {
        // All are held until the last is found: two that are asked for one after the other may be the same.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            foreach (var listener in listeners) listener.Start();
            return [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        }
        finally
        {
            foreach (var listener in listeners) listener.Dispose();
        }
    }
}
