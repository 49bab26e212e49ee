using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace JadeVector.Embedded;

/// <summary>A grain's state as its storage knows it. Errors of the storage reach the grain as <see cref="OrleansException"/>.</summary>
internal sealed class PersistentState<TState> : IPersistentState<TState>, IActivationState
{
    private readonly Activation _activation;
    private readonly string _name;
    private readonly IGrainStorage _storage;
    private readonly GrainState<TState> _state = new(Activator.CreateInstance<TState>());
    private bool _loaded;

    public PersistentState(Activation activation, string name, string? storageName)
    {
        _activation = activation;
        _name = name;
        var services = activation.ActivationServices;
        _storage = (storageName is null ? services.GetService<IGrainStorage>() : services.GetKeyedService<IGrainStorage>(storageName))
            ?? throw new OrleansException($"No storage provider named \"{storageName ?? "(default)"}\" found for state '{name}' of {activation.GrainId}.");
    }

    public TState State
    {
        get => _state.State;
        set => _state.State = value;
    }

    public string? Etag => _state.ETag;

    public bool RecordExists => _loaded ? _state.RecordExists : throw new InvalidOperationException("State has not yet been loaded");

    public async Task ReadStateAsync()
    {
        await RunAsync(nameof(ReadStateAsync), static (storage, name, id, state) => storage.ReadStateAsync(name, id, state));
        _loaded = true;
    }

    public Task WriteStateAsync() => RunAsync(nameof(WriteStateAsync), static (storage, name, id, state) => storage.WriteStateAsync(name, id, state));

    public Task ClearStateAsync() => RunAsync(nameof(ClearStateAsync), static (storage, name, id, state) => storage.ClearStateAsync(name, id, state));

    private async Task RunAsync(string operation, Func<IGrainStorage, string, GrainId, IGrainState<TState>, Task> work)
    {
        if (!ReferenceEquals(ActivationScheduler.CurrentActivation, _activation))
            throw new InvalidOperationException($"{operation} of {_activation.GrainId} is called from outside its activation.");
        try
        {
            await work(_storage, _name, _activation.GrainId, _state);
        }
        catch (Exception exception) when (exception is not OrleansException)
        {
            throw new OrleansException(
                $"Error from storage provider {_storage.GetType().Name}.{_name} during {operation} for grain {_activation.GrainId}: {exception.Message}",
                exception);
        }
    }
}

/// <summary>A state that is read before the activation starts.</summary>
internal interface IActivationState
{
    Task ReadStateAsync();
}
