using JadeVector.Api;
using JadeVector.Hosting;
using Microsoft.Extensions.Options;

// Settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }).UseJadeDefaultUrl();

// A start that is refused is told below in one sentence; the host would tell it again as a stack trace.
builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
try
{
    await builder.AddJadeNodeAsync(CancellationToken.None);
    builder.Services.AddJadeApi();
    await using var app = builder.Build().MapJadeApi();
    app.Lifetime.ApplicationStarted.Register(() => Welcome.Print(app));
    await app.RunAsync();
    return 0;
}
catch (Exception problem) when (problem is JadeStartException or OptionsValidationException or IOException)
{
    await Console.Error.WriteLineAsync($"jade: {problem.Message}");
    return 1;
}
