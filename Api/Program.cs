using JadeVector.Api;

var builder = WebApplication.CreateBuilder(args).UseJadeDefaultUrl();
builder.Services.AddJadeApi();
await builder.Build().MapJadeApi().RunAsync();
