using JadeVector.Hosting;
using Microsoft.Extensions.Hosting;

// A node of a cluster without an HTTP edge: shards, control plane and planners on Microsoft Orleans.
var builder = Host.CreateApplicationBuilder(args);
try
{
    await builder.AddJadeNodeAsync(CancellationToken.None);
}
catch (JadeStartException refused)
{
    await Console.Error.WriteLineAsync(refused.Message);
    return 1;
}

await builder.Build().RunAsync();
return 0;
