using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using JadeVector.Engine.Filters;
using Xunit;

namespace JadeVector.Tests.Engine.Filters;

/// <summary>Random filters over random metadata agree with <see cref="ObviousFilter"/>.</summary>
public sealed class FilterPropertyTests
{
    [Fact]
    public void Every_filter_agrees_with_the_obvious_evaluator()
    {
        var matched = 0;
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(20_000).WithQuietOnSuccess(true),
            Prop.ForAll(FilterGenerators.FilterOf(3).ToArbitrary(), FilterGenerators.ObjectOf(3).ToArbitrary(), (string filter, string metadata) =>
            {
                var expected = ObviousFilter.Matches(JsonNode.Parse(filter)!.AsObject(), JsonNode.Parse(metadata)!.AsObject());
                if (expected) matched++;
                return expected == Filter.Parse(Encoding.UTF8.GetBytes(filter)).Matches(Encoding.UTF8.GetBytes(metadata), "id"u8);
            }));
        Assert.InRange(matched, 2_000, 18_000);   // a vocabulary in which nearly all or nothing matches would test little
    }

    [Fact]
    public void Not_is_the_complement() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true),
        Prop.ForAll(FilterGenerators.FilterOf(2).ToArbitrary(), FilterGenerators.ObjectOf(2).ToArbitrary(), (string filter, string metadata) =>
        {
            var row = Encoding.UTF8.GetBytes(metadata);
            return Filter.Parse(Encoding.UTF8.GetBytes(filter)).Matches(row, "id"u8)
                != Filter.Parse(Encoding.UTF8.GetBytes($$"""{"not":{{filter}}}""")).Matches(row, "id"u8);
        }));
}
