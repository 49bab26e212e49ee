using JadeVector.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// A node of a cluster without an HTTP edge: shards, control plane and planners on Microsoft Orleans.
var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.Logging.AddFilter(JadeProcess.HostCategory, LogLevel.None);
return await JadeProcess.RunAsync(async () =>
{
    await builder.AddJadeSiloAsync(CancellationToken.None);
    using var host = builder.Build();
    await host.StartAsync();
    Console.WriteLine("JadeVector.Orleans silo is ready.");
    await host.WaitForShutdownAsync();
});
