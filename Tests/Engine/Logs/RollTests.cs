using JadeVector.Engine.Blobs;
using JadeVector.Engine.Logs;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Logs;

/// <summary>A log rolls over before the store's limits; nothing is acknowledged in the next one before the ROLL that leads to it is durable.</summary>
public sealed class RollTests
{
    private const int AppendsPerLog = 4;

    [Fact]
    public async Task Log_rolls_over_at_its_number_of_appends_and_leaves_room_for_roll_and_fence()
    {
        using var bench = await LogBench.CreateAsync();
        bench.Options = new ShardLogOptions { AppendCount = AppendsPerLog };
        bench.Store.AppendCountMax = AppendsPerLog + 2; // ROLL and FENCE still fit
        var log = await bench.OwnAsync();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, $"{i}"));
        }

        Assert.Equal(7, bench.LogBlobs.Count); // the header takes one append of each, three are left for batches
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), await bench.ContentAsync());
        Assert.Equal(20ul, (await bench.OwnAsync()).LastSequence);
        Assert.Equal(AppendOutcome.Fenced, await bench.AppendAsync(log, "lost"));
    }

    [Fact]
    public async Task Log_rolls_over_before_it_outgrows_its_size()
    {
        using var bench = await LogBench.CreateAsync();
        bench.Options = new ShardLogOptions { LogSizeBytes = LogLimits.LogSizeBytesMin };
        var log = await bench.OwnAsync();
        var text = new string('x', 1000);
        for (var i = 0; i < 10; i++)
        {
            await bench.AppendAsync(log, text);
        }

        await bench.OwnAsync();
        Assert.True(bench.LogBlobs.Count > 3);
        Assert.All(bench.LogBlobs, b => Assert.InRange(bench.Store.Peek(b).Length, 1, LogLimits.LogSizeBytesMin));
        Assert.Equal(10, (await bench.ContentAsync()).Count);
    }

    [Fact]
    public async Task Group_larger_than_a_log_gets_a_log_of_its_own()
    {
        using var bench = await LogBench.CreateAsync();
        bench.Options = new ShardLogOptions { LogSizeBytes = LogLimits.LogSizeBytesMin };
        var log = await bench.OwnAsync();
        var text = new string('x', LogLimits.PayloadSizeBytesMax);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, text));
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b"));
        Assert.Equal([text, "b"], await bench.ContentAsync());
        Assert.Equal(2, bench.LogBlobs.Count);
    }

    [Fact]
    public async Task Group_larger_than_an_append_or_out_of_sequence_is_a_mistake_of_the_caller()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => bench.AppendAsync(log, new string('x', LogLimits.PayloadSizeBytesMax + 1)));
        await Assert.ThrowsAsync<ArgumentException>(() => log.AppendAsync([], bench.Soon, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(
            () => log.AppendAsync([LogBench.Draft(log, "a") with { FirstSequence = 5 }], bench.Soon, CancellationToken.None));
        Assert.False(log.HasPending);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "a"));
    }

    [Fact]
    public async Task Frames_of_a_group_leave_as_one_append()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        var before = bench.Store.History.Count(h => h.Operation == BlobOperation.Append);
        FrameDraft[] group =
        [
            LogBench.Draft(log, "a", itemCount: 2),
            LogBench.Draft(log, "b") with { FirstSequence = 3 },
            LogBench.Draft(log, "c") with { FirstSequence = 4 },
        ];
        Assert.Equal(AppendOutcome.Durable, await log.AppendAsync(group, bench.Soon, CancellationToken.None));
        Assert.Equal(before + 1, bench.Store.History.Count(h => h.Operation == BlobOperation.Append));
        Assert.Equal(4ul, log.LastSequence);
        Assert.Equal(["a", "b", "c"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Nothing_is_acknowledged_in_the_next_log_before_the_roll_is_durable()
    {
        using var bench = await LogBench.CreateAsync();
        bench.Options = new ShardLogOptions { AppendCount = 2 };
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        var old = bench.LiveBlob(log);
        bench.Store.Fail(BlobOperation.Append, old, BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(AppendOutcome.Unavailable, await bench.AppendAsync(log, "b"));
        Assert.True(log.HasPending);
        Assert.Equal(["a"], await bench.ContentAsync());
        bench.Store.ForgetFaults();
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b")); // resolves the ROLL first; there is no late frame in it
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Roll_that_loses_its_answer_is_found_out()
    {
        using var bench = await LogBench.CreateAsync();
        bench.Options = new ShardLogOptions { AppendCount = 2 };
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.LoseAnswer);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b"));
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Theory]
    [InlineData(BlobOperation.CreateAppend, BlobFault.FailBefore)]
    [InlineData(BlobOperation.CreateAppend, BlobFault.LoseAnswer)]
    public async Task Next_log_whose_creation_has_no_answer_is_given_up_for_another_name(BlobOperation operation, BlobFault fault)
    {
        using var bench = await LogBench.CreateAsync();
        bench.Options = new ShardLogOptions { AppendCount = 2 };
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        bench.Store.Fail(operation, "log/", fault);
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(log, "b"));
        var created = bench.Store.History.Where(h => h.Operation == BlobOperation.CreateAppend).Select(h => h.Name).ToArray();
        Assert.Equal(created.Length, created.Distinct().Count()); // no name is ever created twice
        Assert.Equal(["a", "b"], await bench.ContentAsync());
    }

    [Fact]
    public async Task Created_log_that_was_never_rolled_to_is_ignored_by_an_opener()
    {
        using var bench = await LogBench.CreateAsync();
        var log = await bench.OwnAsync();
        await bench.AppendAsync(log, "a");
        bench.Store.Fail(BlobOperation.Append, bench.LiveBlob(log), BlobFault.FailBefore, times: int.MaxValue);
        Assert.Equal(AppendOutcome.Unavailable, (await log.RollAsync(bench.Soon, CancellationToken.None)).Outcome);
        bench.Store.ForgetFaults();
        Assert.Equal(2, bench.LogBlobs.Count);
        var next = await bench.OwnAsync(); // the owner died between creating the next log and its ROLL
        Assert.Equal(AppendOutcome.Durable, await bench.AppendAsync(next, "b"));
        Assert.Equal(["a", "b"], await bench.ContentAsync());
        Assert.Equal(AppendOutcome.Fenced, await log.ResolvePendingAsync(bench.Soon, CancellationToken.None));
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Assert.Equal("LogSizeBytes", RefusedName(new ShardLogOptions { LogSizeBytes = 1 }));
        Assert.Equal("AppendCount", RefusedName(new ShardLogOptions { AppendCount = BlobLimits.AppendCountMax }));
        Assert.Equal("RetryDelayMax", RefusedName(new ShardLogOptions { RetryDelayMax = TimeSpan.Zero }));
        Assert.Equal(new ShardLogOptions(), new ShardLogOptions().Validated());
    }

    private static string? RefusedName(ShardLogOptions options) => Assert.Throws<ArgumentOutOfRangeException>(options.Validated).ParamName;
}
