using JadeVector.Hosting.Operations;
using JadeVector.Hosting.Options;
using JadeVector.Tests.Support;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace JadeVector.Tests.Hosting;

public sealed class DrainTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task The_stop_goes_on_when_the_time_is_up_in_which_the_process_is_not_ready_but_serves()
    {
        var drain = new Drain(new ShutdownOptions { DrainSeconds = 5 }, new NeverStopping(), _clock);
        Assert.False(drain.IsDraining);
        var stopping = drain.StoppingAsync(CancellationToken.None);
        Assert.True(drain.IsDraining);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(stopping.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        await stopping;
    }

    [Fact]
    public void Without_a_balancer_nothing_is_waited_for() =>
        Assert.True(new Drain(new ShutdownOptions(), new NeverStopping(), _clock).StoppingAsync(CancellationToken.None).IsCompleted);

    private sealed class NeverStopping : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => default;

        public CancellationToken ApplicationStopping => default;

        public CancellationToken ApplicationStopped => default;

        public void StopApplication() => throw new InvalidOperationException();
    }
}
