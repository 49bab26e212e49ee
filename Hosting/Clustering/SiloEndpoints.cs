using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using JadeVector.Hosting.Options;

namespace JadeVector.Hosting.Clustering;

/// <summary>Where a silo listens, and where it tells the others that it is.</summary>
internal static class SiloEndpoints
{
    public static void AddTo(ISiloBuilder silo, ClusterOptions options)
    {
        var address = Resolve(options.AdvertisedAddress);
        silo.ConfigureEndpoints(address, options.SiloPort, options.GatewayPort, listenOnAnyHostAddress: !IPAddress.IsLoopback(address));
    }

    /// <exception cref="JadeStartException">The name has no address, or the machine has none but loopback.</exception>
    public static IPAddress Resolve(string advertised)
    {
        if (IPAddress.TryParse(advertised, out var address))
            return address;
        try
        {
            var found = advertised == ClusterOptions.AnyAddress ? OfThisMachine() : Dns.GetHostAddresses(advertised, AddressFamily.InterNetwork);
            return found.FirstOrDefault() ?? throw new JadeStartException($"Jade:Cluster:AdvertisedAddress '{advertised}' has no IPv4 address.");
        }
        catch (SocketException unknown)
        {
            throw new JadeStartException($"Jade:Cluster:AdvertisedAddress '{advertised}' cannot be resolved: {unknown.Message}", unknown);
        }
    }

    private static IEnumerable<IPAddress> OfThisMachine() =>
        from network in NetworkInterface.GetAllNetworkInterfaces()
        where network.OperationalStatus == OperationalStatus.Up && network.NetworkInterfaceType != NetworkInterfaceType.Loopback
        from unicast in network.GetIPProperties().UnicastAddresses
        where unicast.Address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(unicast.Address)
        select unicast.Address;
}
