using System.Net;
using JadeVector.Api.Options;
using JadeVector.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace JadeVector.Api.Security;

/// <summary>
/// Refuses to listen beyond this machine without an admin key: what is configured is checked before any port is open, and
/// what is really bound (endpoints can also come from code) once more before the host counts as started.
/// </summary>
internal sealed class BindingGuard(IConfiguration configuration, IServer server, IOptions<SecurityOptions> security) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        var added = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        Check(Configured(configuration).Concat(added));
        return Task.CompletedTask;
    }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Check(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The addresses that the server will take from configuration: its endpoints, else urls, else ports on every interface.</summary>
    internal static IEnumerable<string> Configured(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>().ToList();
        if (endpoints.Count > 0)
            return endpoints;
        if (Split(configuration["urls"]) is { Length: > 0 } urls)
            return urls;
        return Split(configuration["http_ports"]).Select(port => $"http://*:{port}")
            .Concat(Split(configuration["https_ports"]).Select(port => $"https://*:{port}"));
    }

    internal static bool IsLoopback(string address)
    {
        var parsed = BindingAddress.Parse(address);
        if (parsed.IsUnixPipe || parsed.IsNamedPipe)
            return true;
        var host = parsed.Host.Trim('[', ']');
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));
    }

    private static string[] Split(string? list) => list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private void Check(IEnumerable<string> addresses)
    {
        if (!string.IsNullOrEmpty(security.Value.AdminKey))
            return;
        var open = addresses.Where(address => !IsLoopback(address)).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (open.Count > 0)
        {
            throw new JadeStartException(
                $"Refusing to listen on {string.Join(", ", open)}: other machines could reach it and no admin key is configured. "
                + $"Set {SecurityOptions.Section}:{nameof(SecurityOptions.AdminKey)} (environment: Jade__Security__AdminKey=KEY), "
                + "or listen on loopback only (ASPNETCORE_URLS=http://127.0.0.1:8080).");
        }
    }
}
