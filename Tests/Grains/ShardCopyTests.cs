using JadeVector.Engine;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Shards;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class ShardCopyTests : IDisposable
{
    private readonly SimulatedBlobStore _store = new();
    private int _letGo;

    public static TheoryData<Exception, string?> Failures => new()
    {
        { new OperationCanceledException(), RefusalCodes.DeadlineExceeded },
        { new TimeoutException(), RefusalCodes.DeadlineExceeded },
        { new RefusalException(RefusalCodes.StorageUnavailable, "not there"), RefusalCodes.StorageUnavailable },
        { new Orleans.Runtime.OrleansException("a grain that was asked could not be activated"), null },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Copy_whose_opening_failed_is_let_go_so_that_the_next_call_opens_it_anew(Exception failure, string? code)
    {
        var copy = Copy(OpenAsync(failure));
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => copy.Serve(DateTimeOffset.MaxValue, (_, _) => Task.FromResult(1)));
        Assert.Equal(code, (thrown as JadeException)?.Code);
        Assert.Equal(1, _letGo);
    }

    [Fact]
    public async Task Copy_that_is_still_being_opened_stays()
    {
        var clock = new ManualClock { JumpMax = TimeSpan.MaxValue };
        var copy = Copy(new TaskCompletionSource<Shard>().Task, clock);
        var refusal = await Assert.ThrowsAsync<JadeException>(() => copy.Serve(clock.GetUtcNow() + TimeSpan.FromSeconds(1), (_, _) => Task.FromResult(1)));
        Assert.Equal((RefusalCodes.Loading, 0), (refusal.Code, _letGo));
    }

    public void Dispose() => _store.Dispose();

    private static async Task<Shard> OpenAsync(Exception failure)
    {
        await Task.Yield();
        throw failure;
    }

    private ShardCopy<Shard> Copy(Task<Shard> opening, ManualClock? clock = null) => new(
        new EngineContext(_store, clock ?? new ManualClock(), new InlineWorkScheduler(), new SeededIdSource(1)), new ShardAddress("db_test", 0), 0, "node", opening, () => _letGo++);
}
