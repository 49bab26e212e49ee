using System.CommandLine;
using JadeVector.Benchmarks;
using JadeVector.Cli;
using JadeVector.Datasets;

try
{
    return await BenchCommand.Create().Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception failure) when (failure is BenchException or CliException or DatasetException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync($"jade: {failure.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("jade: stopped.");
    return 130;
}
