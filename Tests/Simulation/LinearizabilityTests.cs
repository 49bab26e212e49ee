using JadeVector.Simulation.History;
using Xunit;

namespace JadeVector.Tests.Simulation;

/// <summary>The search for an order, on histories whose answer is known.</summary>
public sealed class LinearizabilityTests
{
    private static readonly Operation Anything = new GetOperation(0, "c", default, ReadGuarantee.Strong, 0, []);

    [Fact]
    public void A_read_after_a_write_sees_it()
    {
        Assert.True(Linearizability.Holds([Write(1, 2, tag: 1, version: 1), Read(3, 4, tag: 1, version: 1)]));
        Assert.False(Linearizability.Holds([Write(1, 2, tag: 1, version: 1), Read(3, 4, tag: 0, version: 0)]));
    }

    [Fact]
    public void A_read_beside_a_write_may_see_it_or_not_but_not_forget_it()
    {
        var write = Write(1, 10, tag: 1, version: 1);
        Assert.True(Linearizability.Holds([write, Read(2, 3, tag: 0, version: 0), Read(4, 5, tag: 1, version: 1)]));
        Assert.False(Linearizability.Holds([write, Read(2, 3, tag: 1, version: 1), Read(4, 5, tag: 0, version: 0)]));
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_have_happened_at_any_later_time_or_never()
    {
        var unknown = new KeyOperation(At(1), long.MaxValue, new WrittenItem("k", 2, null, false), null);
        var write = Write(1, 2, tag: 1, version: 1);
        Assert.True(Linearizability.Holds([write, unknown, Read(5, 6, tag: 1, version: 1)]));
        Assert.True(Linearizability.Holds([write, unknown, Read(5, 6, tag: 1, version: 1), Read(7, 8, tag: 2, version: 9), Read(9, 10, tag: 2, version: 9)]));
        Assert.False(Linearizability.Holds([write, unknown, Read(5, 6, tag: 2, version: 9), Read(7, 8, tag: 1, version: 1)]));
        Assert.False(Linearizability.Holds([write, unknown, Read(5, 6, tag: 2, version: 9), Read(7, 8, tag: 2, version: 10)]));
    }

    [Fact]
    public void Of_two_writes_under_the_same_condition_only_one_can_have_succeeded()
    {
        var first = Write(1, 9, tag: 1, version: 1, ifVersion: 0);
        var second = Write(2, 8, tag: 2, version: 2, ifVersion: 0);
        Assert.False(Linearizability.Holds([first, second]));
        var refused = new KeyOperation(At(2), 8, new WrittenItem("k", 2, 0, false) { Status = ItemStatus.VersionConflict, Version = 1 }, null);
        Assert.True(Linearizability.Holds([first, refused]));
    }

    [Fact]
    public void A_delete_of_nothing_and_a_delete_of_something_are_told_apart()
    {
        var write = Write(1, 2, tag: 1, version: 1);
        var missed = new KeyOperation(At(3), 4, new WrittenItem("k", 0, null, false) { Status = ItemStatus.NotFound }, null);
        var deleted = new KeyOperation(At(3), 4, new WrittenItem("k", 0, null, false) { Status = ItemStatus.Deleted, Version = 2 }, null);
        Assert.False(Linearizability.Holds([write, missed]));
        Assert.True(Linearizability.Holds([write, deleted, Read(5, 6, tag: 0, version: 0)]));
    }

    private static Operation At(long step) => Anything with { Began = new Moment(step, TimeSpan.Zero) };

    private static KeyOperation Write(long began, long ended, int tag, ulong version, ulong? ifVersion = null) =>
        new(At(began), ended, new WrittenItem("k", tag, ifVersion, false) { Status = ItemStatus.Created, Version = version }, null);

    private static KeyOperation Read(long began, long ended, int tag, ulong version) => new(At(began), ended, null, new SeenRow("k", tag, version));
}
