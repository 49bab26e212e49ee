using System.CommandLine;
using JadeVector.Cli;
using JadeVector.Cli.Commands;
using JadeVector.Client;
using JadeVector.Datasets;

var root = new RootCommand("JadeVector.Orleans at the command line. Start it through ./jade, which builds what it needs.")
{
    DemoCommand.Create(),
    CrashDrillCommand.Create(),
    ClusterDrillCommand.Create(),
    VerifyCommand.Create(),
};
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception failure) when (failure is CliException or DatasetException or JadeApiException or HttpRequestException or TimeoutException or IOException)
{
    await Console.Error.WriteLineAsync($"jade: {failure.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    await Console.Error.WriteLineAsync("jade: stopped.");
    return 130;
}
