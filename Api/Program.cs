using JadeVector.Api;
using JadeVector.Hosting;

// Settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }).UseJadeDefaultUrl();

builder.Logging.AddFilter(JadeProcess.HostCategory, LogLevel.None);
return await JadeProcess.RunAsync(async () =>
{
    await builder.AddJadeNodeAsync(CancellationToken.None);
    builder.Services.AddJadeApi();
    await using var app = builder.Build().MapJadeApi();
    app.Lifetime.ApplicationStarted.Register(() => Welcome.Print(app));
    await app.RunAsync();
});
