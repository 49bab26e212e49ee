using JadeVector.Simulation.Faults;
using JadeVector.Simulation.Mutants;
using JadeVector.Simulation.Runs;
using JadeVector.Simulation.Storage;

SimulateOptions options;
var asksForMutants = args is ["mutants", ..];
string[] mutants = [.. args.Skip(1).TakeWhile(arg => asksForMutants && !arg.StartsWith('-'))];
try
{
    options = SimulateOptions.Parse(args[(asksForMutants ? 1 + mutants.Length : 0)..]);
}
catch (ArgumentException problem)
{
    Console.Error.WriteLine(problem.Message);
    Console.Error.WriteLine(SimulateOptions.Usage + string.Join(", ", Enum.GetNames<FaultKind>()));
    return 2;
}

if (asksForMutants)
    return new MutantRuns(options with { Seeds = Math.Max(options.Seeds, MutantRuns.SeedsMin) }).Run(mutants) ? 0 : 1;

if (options.IsWorker)
{
    Coordinator.RunAsWorker(options);
    return 0;
}

Summary summary;
if (options.Seeds == 1)
{
    var watch = System.Diagnostics.Stopwatch.StartNew();
    summary = new Summary();
    summary.Add(SimulationRun.Execute(options.Settings), options.Settings);
    summary.WallTime = watch.Elapsed;
}
else
{
    summary = new Coordinator(options).Run();
}

summary.Print(Console.Out);
if ((options.Minimise || (options.Seeds > 1 && options.Settings.Breach == StoreBreach.None)) && summary.Failed.Count > 0 && Minimiser.Minimise(summary.Failed[0]) is var (smallest, report))
    Console.WriteLine($"smallest: {smallest.Command}\nstep {report.Steps}: {report.Violation}");
var isComplete = options.Seeds < Summary.LongRunSeeds || summary.Missing.Count == 0;
return summary.Failed.Count == 0 && isComplete ? 0 : 1;
