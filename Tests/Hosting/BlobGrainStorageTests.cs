using JadeVector.Hosting.Storage;
using JadeVector.Tests.Support;
using Orleans.Storage;
using Xunit;

namespace JadeVector.Tests.Hosting;

public sealed class BlobGrainStorageTests
{
    private const string Name = "settings";
    private static readonly GrainId Grain = GrainId.Create("database", "db_a");

    [Fact]
    public async Task Cleared_state_leaves_no_blob_and_reads_as_none()
    {
        using var store = new SimulatedBlobStore();
        var storage = new BlobGrainStorage(store);
        var state = await WrittenAsync(storage, 1);
        await storage.ClearStateAsync(Name, Grain, state);
        Assert.False(state.RecordExists);
        Assert.Empty(store.Names());
        Assert.False((await ReadAsync(storage)).RecordExists);
        state.State = new Record { Number = 2 };
        await storage.WriteStateAsync(Name, Grain, state);
        Assert.Equal(2, (await ReadAsync(storage)).State!.Number);
    }

    [Fact]
    public async Task State_that_another_activation_has_replaced_is_not_cleared()
    {
        using var store = new SimulatedBlobStore();
        var storage = new BlobGrainStorage(store);
        var old = await WrittenAsync(storage, 1);
        var current = await ReadAsync(storage);
        current.State!.Number = 2;
        await storage.WriteStateAsync(Name, Grain, current);
        await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync(Name, Grain, old));
        Assert.Equal(2, (await ReadAsync(storage)).State!.Number);
    }

    private static async Task<GrainState<Record>> WrittenAsync(BlobGrainStorage storage, int number)
    {
        var state = new GrainState<Record> { State = new Record { Number = number } };
        await storage.WriteStateAsync(Name, Grain, state);
        return state;
    }

    private static async Task<GrainState<Record>> ReadAsync(BlobGrainStorage storage)
    {
        var state = new GrainState<Record>();
        await storage.ReadStateAsync(Name, Grain, state);
        return state;
    }

    private sealed class Record
    {
        public int Number { get; set; }
    }
}
