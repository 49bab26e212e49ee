using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class ControlCallsTests
{
    [Fact]
    public async Task A_node_that_ends_while_it_is_asked_is_a_refusal_that_tells_so()
    {
        var call = Task.FromException<int>(new SiloUnavailableException("The node has ended.\n   at its line 12"));
        var refusal = await Assert.ThrowsAsync<JadeException>(() => ControlCalls.Run(call, TestContext.Current.CancellationToken));
        Assert.Equal("cluster_unavailable", refusal.Code);
        Assert.DoesNotContain('\n', refusal.Message);
    }

    [Fact]
    public async Task A_node_that_ends_after_the_caller_has_lost_its_patience_is_a_refusal_all_the_same()
    {
        using var patience = new CancellationTokenSource();
        var call = new TaskCompletionSource<int>();
        call.SetException(new SiloUnavailableException("The node has ended."));
        await patience.CancelAsync();
        Assert.Equal("cluster_unavailable", (await Assert.ThrowsAsync<JadeException>(() => ControlCalls.Run(call.Task, patience.Token))).Code);
    }
}
