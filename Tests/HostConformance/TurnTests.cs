using Xunit;

namespace JadeVector.Tests.HostConformance;

[Collection(HostCollection.Name)]
public sealed class TurnTests(HostFixture fixture)
{
    private readonly ITurnGrain _grain = fixture.Grains.GetGrain<ITurnGrain>(Gate.NewName());
    private readonly IReentrantTurnGrain _reentrant = fixture.Grains.GetGrain<IReentrantTurnGrain>(Gate.NewName());

    [Fact]
    public async Task Calls_of_a_plain_grain_run_one_after_the_other()
    {
        var most = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _grain.Count(100)));
        Assert.Equal(1, most.Max());
        Assert.Equal(5000, await _grain.Total());
    }

    [Fact]
    public async Task Calls_of_a_reentrant_grain_interleave_but_their_turns_never_overlap()
    {
        // Both are inside at once: the second enters while the first is held.
        var (first, second) = (Gate.NewName(), Gate.NewName());
        var blocked = _reentrant.Block(first);
        await Gate.Of(first).Entered;
        var alsoBlocked = _reentrant.Block(second);
        await Gate.Of(second).Entered;
        Gate.Of(first).Open();
        Gate.Of(second).Open();
        await Task.WhenAll(blocked, alsoBlocked);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _reentrant.Count(100)));

        // Each step without an await in it adds exactly one, unless two turns run at the same time.
        Assert.Equal(5000, await _reentrant.Total());
    }

    [Fact]
    public async Task Awaits_continue_on_the_activation()
    {
        Assert.True(await _grain.AwaitsStayHere());
        Assert.True(await _reentrant.AwaitsStayHere());
    }

    [Fact]
    public async Task A_call_chain_that_comes_back_to_a_plain_grain_times_out()
    {
        await Assert.ThrowsAsync<TimeoutException>(() => _grain.CallBack(Gate.NewName()));
        await _grain.Total();
    }

    [Fact]
    public Task A_call_chain_may_come_back_to_a_reentrant_grain() => _reentrant.CallBack(Gate.NewName()).WaitAsync(Gate.Patience);

    [Fact]
    public async Task A_plain_call_waits_for_the_one_before_and_an_interleaving_one_does_not()
    {
        var (first, second) = (Gate.NewName(), Gate.NewName());
        var blocked = _grain.Block(first);
        await Gate.Of(first).Entered;
        var waiting = _grain.Block(second);

        // Served while the others wait, and after the host looked at the second call.
        await _grain.Look();
        Assert.False(Gate.Of(second).IsEntered);

        Gate.Of(first).Open();
        await Gate.Of(second).Entered;
        Gate.Of(second).Open();
        await Task.WhenAll(blocked, waiting);
    }

    [Fact]
    public async Task Plain_calls_start_while_only_interleaving_ones_run()
    {
        var gate = Gate.NewName();
        var blocked = _grain.BlockInterleaved(gate);
        await Gate.Of(gate).Entered;
        await _grain.Total();
        Gate.Of(gate).Open();
        await blocked;
    }

    [Fact]
    public async Task Read_only_calls_interleave_with_each_other_and_keep_others_out()
    {
        var (first, second, writer) = (Gate.NewName(), Gate.NewName(), Gate.NewName());
        var reading = _grain.BlockReading(first);
        await Gate.Of(first).Entered;
        var writing = _grain.Block(writer);
        var alsoReading = _grain.BlockReading(second);
        await Gate.Of(second).Entered;
        await _grain.Look();
        Assert.False(Gate.Of(writer).IsEntered);

        Gate.Of(first).Open();
        Gate.Of(second).Open();
        Gate.Of(writer).Open();
        await Task.WhenAll(reading, alsoReading, writing);
    }

    [Fact]
    public async Task A_writer_keeps_readers_out()
    {
        var (writer, reader) = (Gate.NewName(), Gate.NewName());
        var writing = _grain.Block(writer);
        await Gate.Of(writer).Entered;
        var reading = _grain.BlockReading(reader);
        await _grain.Look();
        Assert.False(Gate.Of(reader).IsEntered);
        Gate.Of(writer).Open();
        Gate.Of(reader).Open();
        await Task.WhenAll(writing, reading);
    }

    [Fact]
    public async Task A_time_out_leaves_the_callee_running()
    {
        var gate = Gate.NewName();
        await Assert.ThrowsAsync<TimeoutException>(() => _grain.BlockShortly(gate));
        Assert.True(Gate.Of(gate).IsEntered);
        Gate.Of(gate).Open();
        await Gate.Of(gate).Left;
        await _grain.Total();
    }

    [Fact]
    public async Task A_call_that_timed_out_in_the_queue_never_runs()
    {
        var (first, late) = (Gate.NewName(), Gate.NewName());
        var blocked = _grain.Block(first);
        await Gate.Of(first).Entered;
        await Assert.ThrowsAsync<TimeoutException>(() => _grain.BlockShortly(late));
        Gate.Of(first).Open();
        await blocked;
        await _grain.Total();
        Assert.False(Gate.Of(late).IsEntered);
    }

    [Fact]
    public async Task The_hosts_response_time_out_holds_for_methods_that_name_none()
    {
        await using var host = await TestHost.StartAsync(new TestHostOptions { ResponseTimeout = TimeSpan.FromMilliseconds(300) });
        var gate = Gate.NewName();
        await Assert.ThrowsAsync<TimeoutException>(() => host.Grains.GetGrain<ITurnGrain>("t").Block(gate));
        Gate.Of(gate).Open();
    }

    [Fact]
    public async Task Cancelling_ends_the_callers_wait_and_reaches_the_callee()
    {
        var gate = Gate.NewName();
        using var cancellation = new CancellationTokenSource();
        var call = _grain.WaitForCancellation(gate, cancellation.Token);
        await Gate.Of(gate).Entered;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Gate.Of(gate + " cancelled").Entered;
    }

    [Fact]
    public async Task A_call_with_a_cancelled_token_is_not_sent()
    {
        var gate = Gate.NewName();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _grain.WaitForCancellation(gate, new CancellationToken(canceled: true)));
        await _grain.Total();
        Assert.False(Gate.Of(gate).IsEntered);
    }
}
