using JadeVector.Simulation.History;
using Xunit;

namespace JadeVector.Tests.Simulation;

/// <summary>What the checker of a shard's history finds, and what it lets pass.</summary>
public sealed class ShardCheckerTests
{
    private readonly List<WriteOperation> _writes = [];
    private readonly List<ReadOperation> _reads = [];

    [Fact]
    public void A_history_in_order_passes()
    {
        Write(1, 2, Put("a", 1, ItemStatus.Created, 1), Put("b", 2, ItemStatus.Created, 2));
        Write(3, 4, Put("a", 3, ItemStatus.Replaced, 3));
        Get(5, 6, ReadGuarantee.Strong, new SeenRow("a", 3, 3), new SeenRow("b", 2, 2));
        Check();
    }

    [Fact]
    public void A_lost_write_is_found()
    {
        Write(1, 2, Put("a", 1, ItemStatus.Created, 1));
        Write(3, 4, Put("a", 2, ItemStatus.Replaced, 2));
        Get(5, 6, ReadGuarantee.Strong, new SeenRow("a", 1, 1));
        Assert.Throws<ViolationException>(Check);
    }

    [Fact]
    public void A_write_that_nobody_was_told_of_is_found()
    {
        Write(1, 2, Put("a", 1, ItemStatus.Created, 1));
        Write(3, 4, Put("b", 2, ItemStatus.Created, 3));
        Assert.Throws<ViolationException>(Check);
    }

    [Fact]
    public void Half_a_batch_is_never_seen()
    {
        Write(1, 9, Put("a", 1, ItemStatus.Created, 1), Put("b", 2, ItemStatus.Created, 2));
        Get(2, 3, ReadGuarantee.Eventual, new SeenRow("a", 1, 1), new SeenRow("b", 0, 0));
        Assert.Throws<ViolationException>(Check);
    }

    [Fact]
    public void A_bounded_read_may_be_a_second_old_and_no_older()
    {
        Write(1, 2, Put("a", 1, ItemStatus.Created, 1));
        Write(3, 4, Put("a", 2, ItemStatus.Replaced, 2), seconds: 10);
        Get(5, 6, ReadGuarantee.Bounded, seconds: 10.9, new SeenRow("a", 1, 1));
        Check();
        Get(7, 8, ReadGuarantee.Bounded, seconds: 11.1, new SeenRow("a", 1, 1));
        Assert.Throws<ViolationException>(Check);
    }

    [Fact]
    public void A_strong_read_never_goes_back_behind_another()
    {
        Write(1, 2, Put("a", 1, ItemStatus.Created, 1));
        Write(3, 20, Put("a", 2, ItemStatus.Replaced, 2));
        Get(4, 5, ReadGuarantee.Strong, new SeenRow("a", 2, 2));
        Check();
        Get(6, 7, ReadGuarantee.Strong, new SeenRow("a", 1, 1));
        Assert.Throws<ViolationException>(Check);
    }

    [Fact]
    public void A_search_leaves_out_nothing_that_is_nearer()
    {
        Write(1, 2, Put("a", 1, ItemStatus.Created, 1), Put("b", 2, ItemStatus.Created, 2));
        var query = new SearchModel(SimulatedVector.Values(1), IsDot: false, TopK: 1, Group: null, IsExact: true);
        _reads.Add(new SearchOperation(0, "c", At(3, 0), ReadGuarantee.Strong, query, [new SeenRow("a", 1, 1)], new SeenRow("a", 1, 1)) { Ended = At(4, 0) });
        Check();
        _reads.Add(new SearchOperation(0, "c", At(5, 0), ReadGuarantee.Strong, query, [new SeenRow("b", 2, 2)], new SeenRow("b", 2, 2)) { Ended = At(6, 0) });
        Assert.Throws<ViolationException>(Check);
    }

    private static Moment At(long step, double seconds) => new(step, TimeSpan.FromSeconds(seconds));

    private static WrittenItem Put(string key, int tag, ItemStatus status, ulong version) => new(key, tag, null, false) { Status = status, Version = version };

    private void Check() => new ShardChecker(_writes, _reads).Check();

    private void Write(long began, long ended, params WrittenItem[] items) => Write(began, ended, 0, items);

    private void Write(long began, long ended, WrittenItem item, double seconds) => Write(began, ended, seconds, [item]);

    private void Write(long began, long ended, double seconds, WrittenItem[] items) =>
        _writes.Add(new WriteOperation(0, "c", At(began, seconds), false, items) { Fate = WriteFate.Done, Ended = At(ended, seconds) });

    private void Get(long began, long ended, ReadGuarantee guarantee, params SeenRow[] rows) => Get(began, ended, guarantee, 0, rows);

    private void Get(long began, long ended, ReadGuarantee guarantee, double seconds, params SeenRow[] rows) =>
        _reads.Add(new GetOperation(0, "c", At(began, seconds), guarantee, 0, rows) { Ended = At(ended, seconds) });
}
