using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Databases;

/// <summary>One of 256 partitions of the names; its state is replaced with If-Match, so of two activations only one can bind.</summary>
[GrainType("catalog")]
public sealed class CatalogGrain(
    [PersistentState(GrainStateNames.Catalog, GrainStateNames.Storage)] IPersistentState<CatalogRecord> state) : Grain, ICatalogGrain
{
    /// <inheritdoc/>
    public async Task<bool> TryBind(string name, string databaseId)
    {
        if (state.State.Ids.TryGetValue(name, out var bound))
        {
            return bound == databaseId;
        }

        state.State.Ids.Add(name, databaseId);
        await WriteOrForget();
        return true;
    }

    /// <inheritdoc/>
    public async Task Release(string name, string databaseId)
    {
        if (state.State.Ids.TryGetValue(name, out var bound) && bound == databaseId)
        {
            state.State.Ids.Remove(name);
            await WriteOrForget();
        }
    }

    /// <inheritdoc/>
    public Task<string?> Find(string name) => Task.FromResult(state.State.Ids.GetValueOrDefault(name));

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> List() => Task.FromResult<IReadOnlyList<string>>([.. state.State.Ids.Values]);

    /// <summary>After a failed write the memory may differ from the store: this activation ends and the next one reads.</summary>
    private async Task WriteOrForget()
    {
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }
}
