using System.Diagnostics;
using System.Globalization;

namespace JadeVector.Cli.Nodes;

/// <summary>How a node or a silo of ours is started: with its own settings and nobody else's, on ports that are free.</summary>
internal static class NodeStart
{
    internal static ProcessStartInfo Of(NodeOptions options)
    {
        string[] command = options.Path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? ["dotnet", options.Path] : [options.Path];
        if (options.Processors is { } processors) command = ["taskset", "-c", processors, .. command];
        var start = new ProcessStartInfo(command[0], command[1..]);
        // Settings meant for another node (a key, a store) must not reach this one.
        foreach (var inherited in start.Environment.Keys.Where(key => key.StartsWith("Jade__", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(inherited);
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["Jade__Storage__Path"] = options.DataDirectory;
        if (options.ConnectionString is { } connection) start.Environment["Jade__Storage__ConnectionString"] = connection;
        if (options.Container is { } container) start.Environment["Jade__Storage__Container"] = container;
        // Beside another node on this machine: the ports between silos must be free as well.
        var ports = FreePorts.Take(2);
        start.Environment["Jade__Cluster__SiloPort"] = ports[0].ToString(CultureInfo.InvariantCulture);
        start.Environment["Jade__Cluster__GatewayPort"] = ports[1].ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in options.Settings) start.Environment[name] = value;
        return start;
    }
}
