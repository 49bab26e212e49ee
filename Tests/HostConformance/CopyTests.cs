using JadeVector.Grains.Interfaces;
using Orleans.Serialization;
using Xunit;

namespace JadeVector.Tests.HostConformance;

[Collection(HostCollection.Name)]
public sealed class CopyTests(HostFixture fixture)
{
    private readonly ICopyGrain _grain = fixture.Grains.GetGrain<ICopyGrain>(Gate.NewName());

    [Fact]
    public async Task Arguments_are_copied_for_the_callee()
    {
        var mine = new List<string> { "a" };
        await _grain.Keep(mine);
        mine.Add("caller");
        Assert.Equal(["a", "caller"], mine);
        Assert.Equal(["a", "grain"], await _grain.Kept());

        byte[] bytes = [1, 2, 3];
        await _grain.KeepArray(bytes);
        bytes[0] = 9;
        Assert.Equal([1, 2, 3], await _grain.KeptArray());
    }

    [Fact]
    public async Task Results_are_copied_for_the_caller()
    {
        await _grain.Keep(["a"]);
        var result = await _grain.Kept();
        result.Clear();
        Assert.Equal(["a", "grain"], await _grain.Kept());
    }

    [Fact]
    public async Task Immutable_parameters_and_types_are_handed_over_as_they_are()
    {
        var name = Gate.NewName();
        byte[] bytes = [1];
        Passed.Set(name, bytes);
        Assert.True(await _grain.IsSameArray(name, bytes));
        Assert.False(await _grain.IsSame(name, bytes));

        var message = new FixedMessage("text");
        Passed.Set(name, message);
        Assert.True(await _grain.IsSame(name, message));
        Assert.Same(message, await _grain.Echo(message));
    }

    [Fact]
    public async Task All_numbered_members_cross_and_no_others()
    {
        var node = new Node { Name = "shared" };
        node.Next = node;
        byte[] shared = [7];
        var sent = new Message
        {
            Title = "title",
            Number = 42,
            Numbers = [1, 2],
            Lists = new() { ["a"] = [1], ["b"] = [] },
            At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            Pair = ("pair", [3]),
            First = new Part(5, [6]),
            Left = node,
            Right = node,
            Labels = new Dictionary<string, string> { ["k"] = "v" },
            Shared = shared,
            Day = DayOfWeek.Friday,
            Local = "stays",
        };

        var got = await _grain.EchoMessage(sent);

        Assert.NotSame(sent, got);
        Assert.Equal((sent.Title, sent.Number, sent.At, sent.Day), (got.Title, got.Number, got.At, got.Day));
        Assert.Equal(sent.Numbers, got.Numbers);
        Assert.NotSame(sent.Numbers, got.Numbers);
        Assert.Equal(sent.Lists, got.Lists);
        Assert.Equal("pair", got.Pair.Name);
        Assert.Equal([3], got.Pair.Values);
        Assert.NotSame(sent.Pair.Values, got.Pair.Values);
        Assert.Equal(5, got.First.Offset);
        Assert.Equal([6], got.First.Bytes!);
        Assert.NotSame(sent.First.Bytes, got.First.Bytes);
        Assert.Equal(sent.Labels, got.Labels);
        Assert.Same(shared, got.Shared);
        Assert.Null(got.Local);
    }

    [Fact]
    public async Task One_object_that_occurs_twice_arrives_as_one_object()
    {
        var node = new Node { Name = "shared" };
        node.Next = node;
        var got = await _grain.EchoMessage(new Message { Number = 1, Left = node, Right = node });
        Assert.NotSame(node, got.Left);
        Assert.Same(got.Left, got.Right);
        Assert.Same(got.Left, got.Left!.Next);
    }

    [Fact]
    public async Task Simple_values_and_collections_cross_under_object()
    {
        object?[] values =
        [
            null, 1, 2L, 3UL, 4.5f, 6.5, true, 'c', "text", 1.5m, Guid.Empty, TimeSpan.FromSeconds(1), DateTimeOffset.UnixEpoch, DayOfWeek.Monday,
            new[] { "a" }, new[] { 1.5f }, new List<int> { 1 }, new HashSet<string> { "a" }, new Dictionary<int, string> { [1] = "a" },
        ];
        foreach (var value in values)
            Assert.Equal(value, await _grain.Echo(value));
    }

    [Fact]
    public async Task Anything_declared_as_a_collection_interface_crosses()
    {
        Assert.Equal(["a!", "b!"], await _grain.EchoNames(["a", "b"]));
        Assert.Equal(["x!"], await _grain.EchoNames(new Queue<string>(["x"]).Select(name => name).ToArray()));
    }

    [Fact]
    public async Task Types_without_serializer_attributes_are_refused_both_ways()
    {
        await Assert.ThrowsAsync<CodecNotFoundException>(async () => await _grain.Echo(new Foreign { Text = "from the caller" }));
        await Assert.ThrowsAsync<CodecNotFoundException>(async () => await _grain.GiveForeign());
    }

    [Fact]
    public async Task Exceptions_arrive_with_type_message_and_numbered_members()
    {
        var own = await Assert.ThrowsAsync<ProbeException>(() => _grain.Throw("own"));
        Assert.Equal(("refused", "not_found"), (own.Message, own.Code));
        Assert.Contains(nameof(CopyGrain), own.StackTrace);
        var framework = await Assert.ThrowsAsync<ArgumentException>(() => _grain.Throw("framework"));
        Assert.Equal("of the framework", framework.Message);
    }

    [Fact]
    public async Task The_products_exception_crosses_as_a_value_too()
    {
        var got = Assert.IsType<JadeException>(await _grain.Echo(new JadeException("not_found", "No such database.", 3)));
        Assert.Equal(("not_found", "No such database.", 3), (got.Code, got.Message, got.Shard));
    }

    [Fact]
    public async Task References_to_grains_cross()
    {
        var other = Gate.NewName();
        Assert.Equal(other, await _grain.Ask(fixture.Grains.GetGrain<ICopyGrain>(other)));
    }
}
