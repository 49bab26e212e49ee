namespace JadeVector.Tests.HostConformance;

[Alias("probe.IKeyGrain")]
public interface IKeyGrain : IGrainWithIntegerKey
{
    [Alias("Id")]
    Task<string> Id();

    [Alias("Key")]
    Task<long> Key();
}

[GrainType("keyed")]
public sealed class KeyGrain(IGrainContext context) : Grain, IKeyGrain
{
    public Task<string> Id() => Task.FromResult(context.GrainId.ToString());

    public Task<long> Key() => Task.FromResult(this.GetPrimaryKeyLong());
}
