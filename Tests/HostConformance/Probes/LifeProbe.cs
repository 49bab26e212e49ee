using System.Collections.Concurrent;

namespace JadeVector.Tests.HostConformance;

[Alias("probe.ILifeGrain")]
public interface ILifeGrain : IGrainWithStringKey
{
    /// <summary>Which activation answers: a new one has a new number.</summary>
    [Alias("Number")]
    Task<int> Number();

    [Alias("Block")]
    Task<int> Block(string gate);

    /// <summary>Asks for the end of the activation, then holds the turn.</summary>
    [Alias("EndAndBlock")]
    Task<int> EndAndBlock(string gate);

    [Alias("End")]
    Task End();

    [Alias("EndFromOutside")]
    Task EndFromOutside();

    [Alias("StayFor")]
    Task StayFor(TimeSpan time);
}

/// <summary>What a test tells activations of a key to do.</summary>
public static class LifeScript
{
    private static readonly ConcurrentDictionary<string, int> FailuresByKey = new();
    private static readonly ConcurrentDictionary<string, bool> EndingKeys = new();

    public static void FailActivations(string key, int times) => FailuresByKey[key] = times;

    /// <summary>Every activation of the key asks for its end before its first call.</summary>
    public static void EndActivations(string key) => EndingKeys[key] = true;

    public static bool Ends(string key) => EndingKeys.ContainsKey(key);

    public static bool TakeFailure(string key) => FailuresByKey.TryGetValue(key, out var left) && left > 0 && FailuresByKey.TryUpdate(key, left - 1, left);
}

public sealed class LifeGrain : Grain, ILifeGrain, IDisposable
{
    private static int _activations;
    private readonly int _number = Interlocked.Increment(ref _activations);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Traces.Add(this.GetPrimaryKeyString(), $"activate {_number}");
        if (LifeScript.TakeFailure(this.GetPrimaryKeyString()))
            throw new ProbeException("cannot start", "loading");
        if (LifeScript.Ends(this.GetPrimaryKeyString()))
            DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await Task.Yield();
        Traces.Add(this.GetPrimaryKeyString(), $"deactivate {_number} {reason.ReasonCode}");
        Gate.Of(this.GetPrimaryKeyString() + " deactivated").Mark();
    }

    public void Dispose() => Gate.Of(this.GetPrimaryKeyString() + " disposed").Mark();

    public Task<int> Number() => Task.FromResult(_number);

    public async Task<int> Block(string gate)
    {
        await Gate.Of(gate).PassAsync();
        Traces.Add(this.GetPrimaryKeyString(), $"leave {_number}");
        return _number;
    }

    public async Task<int> EndAndBlock(string gate)
    {
        DeactivateOnIdle();
        await Gate.Of(gate).PassAsync();
        Traces.Add(this.GetPrimaryKeyString(), $"leave {_number}");
        return _number;
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task EndFromOutside()
    {
        var context = GrainContext;
        return Task.Run(() => context.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "fenced")));
    }

    public Task StayFor(TimeSpan time)
    {
        DelayDeactivation(time);
        return Task.CompletedTask;
    }
}
