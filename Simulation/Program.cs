using JadeVector.Simulation.Faults;
using JadeVector.Simulation.Runs;

SimulateOptions options;
try
{
    options = SimulateOptions.Parse(args);
}
catch (ArgumentException problem)
{
    Console.Error.WriteLine(problem.Message);
    Console.Error.WriteLine(SimulateOptions.Usage + string.Join(", ", Enum.GetNames<FaultKind>()));
    return 2;
}

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
if (options.Minimise && summary.Failed.Count > 0 && Minimiser.Minimise(summary.Failed[0]) is var (smallest, report))
    Console.WriteLine($"smallest: {smallest.Command}\nstep {report.Steps}: {report.Violation}");
return summary.Failed.Count == 0 ? 0 : 1;
