using Xunit;

namespace JadeVector.Tests.HostConformance;

[Collection(HostCollection.Name)]
public sealed class ContextTests(HostFixture fixture)
{
    private readonly string _key = Gate.NewName();

    private IContextGrain Grain => fixture.Grains.GetGrain<IContextGrain>(_key);

    [Fact]
    public async Task Request_context_travels_to_the_callee_and_its_callees_and_never_back()
    {
        RequestContext.Set("who", "me");
        try
        {
            Assert.Equal("me", await Grain.Get("who"));
            Assert.Equal("me", await Grain.GetThrough("who", Gate.NewName()));
            await Grain.Set("who", "you");
            Assert.Equal("me", RequestContext.Get("who"));
        }
        finally
        {
            RequestContext.Clear();
        }

        Assert.Null(await Grain.Get("who"));
    }

    [Fact]
    public async Task Nothing_else_of_the_callers_flow_reaches_the_grain()
    {
        Ambient.Value.Value = "caller";
        Assert.Null(await Grain.AmbientValue());
        Assert.Null(await fixture.Grains.GetGrain<IContextGrain>(Gate.NewName()).AmbientValue());
    }

    [Fact]
    public async Task Filters_run_around_the_call_in_order_and_the_grains_own_last()
    {
        var trace = Gate.NewName();
        Assert.Equal("answer grain second first", await Grain.Traced(trace));
        var about = $"context/{_key} Traced ContextGrain ContextGrain";
        Assert.Equal(
            [$"first before {about}", $"second before {about}", $"grain before {about}", "method", "grain after", "second after", "first after"],
            Traces.Of(trace));
    }

    [Fact]
    public async Task Filters_see_the_exception_that_the_caller_gets()
    {
        await Assert.ThrowsAsync<ProbeException>(() => Grain.Traced("fail"));
        Assert.Equal(
            ["grain saw the exception", "second saw the exception", "first saw the exception"],
            Traces.Of("fail").Where(line => line.EndsWith("exception", StringComparison.Ordinal)));
    }
}
