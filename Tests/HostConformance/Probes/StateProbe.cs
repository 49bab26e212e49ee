using System.Collections.Concurrent;
using Orleans.Storage;

namespace JadeVector.Tests.HostConformance;

[GenerateSerializer, Alias("probe.counter")]
public sealed class Counter
{
    [Id(0)] public int Value { get; set; }
}

[Alias("probe.IStateGrain")]
public interface IStateGrain : IGrainWithStringKey
{
    [Alias("Add")]
    Task<int> Add(int number);

    [Alias("Read")]
    Task<(int Value, bool Exists, int AtActivation)> Read();

    [Alias("Clear")]
    Task Clear();

    /// <summary>Catches the storage's refusal instead of letting it pass.</summary>
    [Alias("TryAdd")]
    Task<bool> TryAdd(int number);

    /// <summary>Lets another grain add, and lets its exception pass.</summary>
    [Alias("AddThrough")]
    Task AddThrough(string other);

    [Alias("Id")]
    Task<string> Id();

    /// <summary>The object behind the grain: another one after a new activation.</summary>
    [Alias("Activation")]
    Task<int> Activation();

    [Alias("End")]
    Task End();
}

public sealed class StateGrain([PersistentState("counter", "probe")] IPersistentState<Counter> state) : Grain, IStateGrain
{
    private static int _activations;
    private readonly int _activation = Interlocked.Increment(ref _activations);
    private int _atActivation;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _atActivation = state.State.Value;
        return Task.CompletedTask;
    }

    public async Task<int> Add(int number)
    {
        state.State.Value += number;
        await state.WriteStateAsync();
        return state.State.Value;
    }

    public Task<(int Value, bool Exists, int AtActivation)> Read() => Task.FromResult((state.State.Value, state.RecordExists, _atActivation));

    public Task Clear() => state.ClearStateAsync();

    public async Task<bool> TryAdd(int number)
    {
        try
        {
            await Add(number);
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    public Task AddThrough(string other) => GrainFactory.GetGrain<IStateGrain>(other).Add(1);

    public Task<string> Id() => Task.FromResult(this.GetGrainId().ToString());

    public Task<int> Activation() => Task.FromResult(_activation);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

/// <summary>A storage in memory that checks versions, and fails when told.</summary>
public sealed class ProbeStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<string, (object State, int Version)> _states = new();

    /// <summary>Thrown by the next operation on that grain id.</summary>
    public ConcurrentDictionary<string, Exception> Failures { get; } = new();

    public IEnumerable<string> Names => _states.Keys;

    /// <summary>Changes a state behind the grain's back.</summary>
    public void Interfere(string name) =>
        _states.AddOrUpdate(name, static _ => (new Counter { Value = 100 }, 1), static (_, old) => (new Counter { Value = 100 }, old.Version + 1));

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ThrowIfTold(grainId);
        if (_states.TryGetValue(Name(stateName, grainId), out var found))
        {
            grainState.State = Clone((T)found.State);
            grainState.ETag = $"{found.Version}";
            grainState.RecordExists = true;
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        ThrowIfTold(grainId);
        var name = Name(stateName, grainId);
        var stored = _states.TryGetValue(name, out var found) ? $"{found.Version}" : null;
        if (stored != grainState.ETag)
            throw new InconsistentStateException("The state was written by somebody else.", stored ?? "none", grainState.ETag ?? "none");
        _states[name] = (Clone(grainState.State)!, found.Version + 1);
        grainState.ETag = $"{found.Version + 1}";
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _states.TryRemove(Name(stateName, grainId), out _);
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
        return Task.CompletedTask;
    }

    private static string Name(string stateName, GrainId grainId) => $"{stateName}-{grainId}";

    private static T Clone<T>(T state) => System.Text.Json.JsonSerializer.Deserialize<T>(System.Text.Json.JsonSerializer.Serialize(state))!;

    private void ThrowIfTold(GrainId grainId)
    {
        if (Failures.TryRemove(grainId.ToString(), out var failure))
            throw failure;
    }
}
