using System.Globalization;
using JadeVector.Simulation.Faults;
using JadeVector.Simulation.Storage;

namespace JadeVector.Simulation.Runs;

/// <summary>What the command line asks for.</summary>
/// <param name="Settings">Of the first seed.</param>
/// <param name="Seeds">How many in a row.</param>
/// <param name="Workers">Processes side by side.</param>
/// <param name="IsWorker">This process is one of those: it reports in JSON.</param>
/// <param name="UntilViolation">As a worker, it ends with the first seed that finds one.</param>
internal sealed record SimulateOptions(RunSettings Settings, int Seeds, int Workers, bool Minimise, bool IsWorker, bool UntilViolation)
{
    public const string Usage = """
        usage: ./jade simulate [--seed S] [--seeds K] [--steps N] [--operations M] [--workers W] [--without FAULT,…] [--breach BREACH] [--minimise] [--trace]
          runs the product on simulated nodes, clock, network and store, under faults that each seed draws, and checks what clients saw
          --seed S       the first seed (1)
          --seeds K      how many in a row (1)
          --steps N      decisions of the scheduler in each run, at least (10000)
          --operations M client operations in each run, at least (500)
          --workers W    processes side by side (one per core)
          --minimise     makes the first run that fails smaller, for as long as it fails
          --trace        writes every decision (of one seed)
          --breach B     the store breaks its contract (LoseAppends, RepeatAppends, IgnoreConditions): to see that it is noticed
          --often F      a fault that happens much more often than usual
          --without F,…  faults that are left out: 
        """;

    /// <exception cref="ArgumentException">It asks for something unknown; the message says what.</exception>
    public static SimulateOptions Parse(IReadOnlyList<string> args)
    {
        var options = new SimulateOptions(new RunSettings(1), 1, Environment.ProcessorCount, false, false, false);
        for (var i = 0; i < args.Count; i++)
        {
            options = args[i] switch
            {
                "--minimise" => options with { Minimise = true },
                "--until-violation" => options with { UntilViolation = true },
                "--worker" => options with { IsWorker = true },
                "--trace" => options with { Settings = options.Settings with { Trace = Console.Out } },
                var name when i + 1 < args.Count => options.With(name, args[++i]),
                var name => throw new ArgumentException($"'{name}' is unknown or lacks its value."),
            };
        }

        return options;
    }

    private SimulateOptions With(string name, string value) => name switch
    {
        "--seed" => this with { Settings = Settings with { Seed = Number<ulong>(name, value, 0) } },
        "--seeds" => this with { Seeds = Number(name, value, 1) },
        "--steps" => this with { Settings = Settings with { Steps = Number(name, value, 1L) } },
        "--operations" => this with { Settings = Settings with { Operations = Number(name, value, 1) } },
        "--workers" => this with { Workers = Number(name, value, 1) },
        "--breach" => this with { Settings = Settings with { Breach = Named<StoreBreach>(name, value) } },
        "--often" => this with { Settings = Settings with { Often = Named<FaultKind>(name, value) } },
        "--without" => this with { Settings = Settings with { Without = value.Split(',').Select(fault => Named<FaultKind>(name, fault)).ToHashSet() } },
        _ => throw new ArgumentException($"'{name}' is unknown."),
    };

    private static T Number<T>(string name, string value, T min)
        where T : System.Numerics.INumber<T> =>
        T.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= min
            ? number
            : throw new ArgumentException($"{name}: a number of at least {min}, not '{value}'.");

    private static T Named<T>(string name, string value)
        where T : struct, Enum => Enum.TryParse<T>(value, out var kind)
        ? kind
        : throw new ArgumentException($"{name}: there is no '{value}', but {string.Join(", ", Enum.GetNames<T>())}.");
}
