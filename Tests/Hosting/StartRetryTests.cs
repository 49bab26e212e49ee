using JadeVector.Hosting;
using JadeVector.Hosting.Starting;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Hosting;

public sealed class StartRetryTests
{
    private readonly ManualClock _clock = new() { JumpMax = TimeSpan.FromSeconds(10) };
    private readonly StringWriter _console = new();

    [Fact]
    public async Task What_comes_up_late_is_waited_for_and_told_of()
    {
        var tries = 0;
        var answer = await Retry(60).RunAsync("The thing at host:1", _ => ++tries < 4 ? throw new IOException("refused.") : Task.FromResult("up"), IsIo, CancellationToken.None);
        Assert.Equal(("up", 4), (answer, tries));
        Assert.Equal(3, _console.ToString().Split("jade: The thing at host:1 cannot be used yet: refused. Next try in ").Length - 1);
    }

    [Fact]
    public async Task What_stays_away_ends_the_start_with_what_where_and_why()
    {
        var since = _clock.GetUtcNow();
        var problem = await Assert.ThrowsAsync<JadeStartException>(() =>
            Retry(20).RunAsync<int>("The thing at host:1", _ => throw new IOException("refused."), IsIo, CancellationToken.None));
        Assert.StartsWith("The thing at host:1 cannot be used: refused. Tried for ", problem.Message, StringComparison.Ordinal);
        Assert.InRange(_clock.GetUtcNow() - since, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task What_no_waiting_mends_ends_it_at_once()
    {
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() =>
            Retry(60).RunAsync<int>("The thing", _ => throw new UnauthorizedAccessException(), IsIo, CancellationToken.None));
        Assert.Empty(_console.ToString());
    }

    private static bool IsIo(Exception problem) => problem is IOException;

    private StartRetry Retry(int seconds) => new(TimeSpan.FromSeconds(seconds), _clock, _console);
}
