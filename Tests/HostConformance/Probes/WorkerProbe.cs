using Orleans.Concurrency;

namespace JadeVector.Tests.HostConformance;

[Alias("probe.IWorkerGrain")]
public interface IWorkerProbeGrain : IGrainWithIntegerKey
{
    /// <summary>Holds the turn; the number of the activation.</summary>
    [Alias("Block")]
    Task<int> Block(string gate);

    [Alias("Number")]
    Task<int> Number();
}

[StatelessWorker(2)]
public sealed class WorkerProbeGrain : Grain, IWorkerProbeGrain
{
    private static int _activations;
    private readonly int _number = Interlocked.Increment(ref _activations);

    public async Task<int> Block(string gate)
    {
        await Gate.Of(gate).PassAsync();
        return _number;
    }

    public Task<int> Number() => Task.FromResult(_number);
}
