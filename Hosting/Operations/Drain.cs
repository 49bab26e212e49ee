using JadeVector.Hosting.Options;
using Microsoft.Extensions.Hosting;

namespace JadeVector.Hosting.Operations;

/// <summary>
/// The first step on the way down. From SIGTERM on the process is not ready (<see cref="IsDraining"/>); it goes on serving for a while, so
/// that whoever spreads requests can stop sending them here; then the server stops taking and finishes what runs, and at last the
/// silo deactivates its grains, which go elsewhere, and leaves the cluster. The order of the last two is that of registration, reversed.
/// </summary>
internal sealed class Drain(ShutdownOptions options, IHostApplicationLifetime life, TimeProvider clock) : IHostedLifecycleService
{
    private volatile bool _isStopping;

    public bool IsDraining => _isStopping || life.ApplicationStopping.IsCancellationRequested;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        return options.DrainSeconds > 0 ? Task.Delay(TimeSpan.FromSeconds(options.DrainSeconds), clock, cancellationToken) : Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
