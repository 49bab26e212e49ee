using System.Threading.Channels;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Shards;

public sealed class OwnershipChecksTests
{
    private readonly ManualClock _clock = new();
    private readonly Channel<TaskCompletionSource> _asked = Channel.CreateUnbounded<TaskCompletionSource>();
    private readonly OwnershipChecks _checks;

    public OwnershipChecksTests() => _checks = new OwnershipChecks(AskAsync, _clock, TimeSpan.FromSeconds(1));

    [Fact]
    public async Task A_check_that_began_long_before_a_bounded_read_is_not_enough_for_it()
    {
        var early = _checks.EnsureAsync(strong: false, TestContext.Current.CancellationToken);
        var slow = await NextAsync();
        _clock.Advance(TimeSpan.FromSeconds(5));
        var late = _checks.EnsureAsync(strong: false, TestContext.Current.CancellationToken);
        slow.SetResult();
        await early;
        var fresh = await NextAsync();
        Assert.False(late.IsCompleted);
        fresh.SetResult();
        await late;
    }

    [Fact]
    public async Task A_check_that_is_under_way_and_young_is_shared_by_bounded_reads()
    {
        var first = _checks.EnsureAsync(strong: false, TestContext.Current.CancellationToken);
        var check = await NextAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(500));
        var second = _checks.EnsureAsync(strong: false, TestContext.Current.CancellationToken);
        check.SetResult();
        await Task.WhenAll(first, second);
        Assert.False(_asked.Reader.TryRead(out _));
    }

    private Task AskAsync()
    {
        var answer = new TaskCompletionSource();
        Assert.True(_asked.Writer.TryWrite(answer));
        return answer.Task;
    }

    private async Task<TaskCompletionSource> NextAsync() => await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken);
}
