using Xunit;

namespace JadeVector.Tests.HostConformance;

[Collection(HostCollection.Name)]
public sealed class StatelessWorkerTests(HostFixture fixture)
{
    [Fact]
    public async Task Calls_run_side_by_side_up_to_the_maximum_of_activations()
    {
        var grain = fixture.Grains.GetGrain<IWorkerProbeGrain>(1);
        var gates = Enumerable.Range(0, 3).Select(_ => Gate.NewName()).ToArray();
        var first = grain.Block(gates[0]);
        await Gate.Of(gates[0]).Entered;
        var second = grain.Block(gates[1]);
        await Gate.Of(gates[1]).Entered;
        var third = grain.Block(gates[2]);

        // A call of another key goes through the same host: the third had its chance.
        await fixture.Grains.GetGrain<IWorkerProbeGrain>(2).Number();
        Assert.False(Gate.Of(gates[2]).IsEntered);

        foreach (var gate in gates)
            Gate.Of(gate).Open();
        var numbers = await Task.WhenAll(first, second, third);
        Assert.NotEqual(numbers[0], numbers[1]);
        Assert.Contains(numbers[2], numbers[..2]);
    }
}
