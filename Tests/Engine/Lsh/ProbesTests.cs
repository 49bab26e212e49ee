using JadeVector.Engine.Lsh;
using Xunit;

namespace JadeVector.Tests.Engine.Lsh;

public sealed class ProbesTests
{
    [Fact]
    public void Sets_of_steps_come_in_order_of_cost_and_each_once()
    {
        var random = new Random(3);
        float[] distances = [.. Enumerable.Range(0, 6).Select(_ => random.NextSingle())];
        var probes = new Probes();
        for (var function = 0; function < distances.Length; function++)
            probes.AddStep(function, 1, distances[function]);
        probes.Start();

        var seen = new HashSet<string>();
        var last = 0f;
        var values = new int[distances.Length];
        while (probes.Next(values))
        {
            var cost = values.Zip(distances, (value, distance) => value * distance * distance).Sum();
            Assert.True(cost >= last - 1e-5f, $"{cost} after {last}");
            Assert.True(seen.Add(string.Join(',', values)));
            last = cost;
            Array.Clear(values);
        }

        Assert.Equal((1 << distances.Length) - 1, seen.Count);
    }

    [Fact]
    public void No_set_steps_both_up_and_down()
    {
        var probes = new Probes();
        probes.AddStep(0, -1, 0.4f);
        probes.AddStep(0, 1, 0.6f);
        probes.AddStep(1, -1, 0.1f);
        probes.AddStep(1, 1, 0.9f);
        probes.Start();
        var seen = new List<(int, int)>();
        var values = new int[2];
        while (probes.Next(values))
        {
            seen.Add((values[0], values[1]));
            Array.Clear(values);
        }

        Assert.Equal(8, seen.Distinct().Count());
        Assert.Equal(8, seen.Count);
        Assert.Equal((0, -1), seen[0]);
        Assert.DoesNotContain((0, 0), seen);
    }

    [Fact]
    public void A_table_without_steps_has_no_further_bucket()
    {
        var probes = new Probes();
        probes.Start();
        Assert.False(probes.Next([]));
    }
}
