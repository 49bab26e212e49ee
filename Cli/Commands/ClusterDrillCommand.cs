using System.CommandLine;
using JadeVector.Cli.Drills.Cluster;
using JadeVector.Cli.Nodes;

namespace JadeVector.Cli.Commands;

internal static class ClusterDrillCommand
{
    internal static Command Create()
    {
        var defaults = new ClusterDrillOptions();
        var kills = Number("--kills", "Silos to kill, one after the other.", defaults.Kills, 0, ClusterDrillOptions.KillsMax);
        var every = Number("--every", "Seconds from one kill to the next.", (int)defaults.Every.TotalSeconds, 1, 3_600);
        var restart = Number("--restart-after", "Seconds from a kill to the start of another silo.", (int)defaults.RestartAfter.TotalSeconds, 0, 600);
        var rolling = new Option<bool>("--rolling") { Description = "Stop silos by SIGTERM, in turn, in place of killing random ones." };
        var silos = Number("--silos", "Silos at once.", defaults.Silos, ClusterDrillOptions.SilosMin, ClusterDrillOptions.SilosMax);
        var apis = Number("--apis", "Servers that take requests and host nothing.", defaults.Apis, 1, ClusterDrillOptions.ApisMax);
        var shards = Number("--shards", "Shards of the database.", defaults.Shards, 1, ClusterDrillOptions.ShardsMax);
        var factor = Number("--factor", "Copies of every shard.", defaults.Factor, 1, ClusterDrillOptions.FactorMax);
        var vectors = Number("--vectors", "Ids to load.", defaults.Vectors, 1, 10_000_000);
        var readers = Number("--readers", "Readers at once.", defaults.Readers, 0, 64);
        var writers = Number("--writers", "Writers at once.", defaults.Writers, 1, 64);
        var seed = Number("--seed", "Decides what is written and read, and which silo goes.", defaults.Seed, 0, int.MaxValue);
        var keep = new Option<bool>("--keep") { Description = "Keep the data and the processes' logs, also when nothing is wrong." };
        var command = new Command("cluster-drill", "Loads a cluster of its own while its silos are killed, and checks every answer. Ends with 1 when one is wrong.")
        {
            kills, every, restart, rolling, silos, apis, shards, factor, vectors, readers, writers, seed, keep,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            new ClusterDrillOptions
            {
                Kills = parsed.GetValue(kills),
                Every = TimeSpan.FromSeconds(parsed.GetValue(every)),
                RestartAfter = TimeSpan.FromSeconds(parsed.GetValue(restart)),
                Rolling = parsed.GetValue(rolling),
                Silos = parsed.GetValue(silos),
                Apis = parsed.GetValue(apis),
                Shards = parsed.GetValue(shards),
                Factor = parsed.GetValue(factor),
                Vectors = parsed.GetValue(vectors),
                Readers = parsed.GetValue(readers),
                Writers = parsed.GetValue(writers),
                Seed = parsed.GetValue(seed),
            },
            parsed.GetValue(keep),
            cancellation));
        return command;
    }

    private static Option<int> Number(string name, string description, int value, int min, int max)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result => CommandChecks.Range(result, min, max));
        return option;
    }

    private static async Task<int> RunAsync(ClusterDrillOptions options, bool keep, CancellationToken cancellation)
    {
        var (silo, api) = (NodeOptions.PathFromEnvironment(SiloProcess.PathVariable), NodeOptions.PathFromEnvironment());
        using var directory = new TemporaryDirectory("jade-cluster-drill-") { IsKept = true };   // until the drill is over and found nothing
        await using var cluster = await ClusterProcesses.StartAsync(options, silo, api, directory.Path, cancellation);
        var result = await new ClusterDrill(cluster, options, Console.Out).RunAsync(cancellation);
        directory.IsKept = keep || !result.IsClean;
        if (directory.IsKept) await Console.Error.WriteLineAsync($"The data and the processes' logs are in {directory.Path}.");
        return result.IsClean ? 0 : 1;
    }
}
