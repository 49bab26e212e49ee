using Azure.Storage.Blobs;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Hosting.Storage;
using JadeVector.Storage.Azure;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;
using Xunit;

namespace JadeVector.Tests.Storage;

/// <summary>
/// Grain states lie where Orleans' own Azure Blob provider puts and looks for them, under the same versions: over one container, what the product's
/// storage wrote the official one reads, and the other way round.
/// </summary>
public sealed class OfficialGrainStorageTests(AzuriteFixture azurite)
{
    private const string StateName = "settings";
    private const string Official = "official";

    private static readonly GrainId Grain = GrainId.Create("database", "db_01arz3ndektsv4rrffq69g5fav");

    [Fact]
    public async Task What_the_product_wrote_the_official_provider_reads_and_replaces()
    {
        var (ours, official) = await OpenAsync();
        var mine = await ReadAsync(ours);
        Assert.Equal((false, null), (mine.RecordExists, mine.ETag));
        mine.State!.Text = "of the product";
        await ours.WriteStateAsync(StateName, Grain, mine);

        var theirs = await ReadAsync(official);
        Assert.Equal((true, mine.ETag, "of the product"), (theirs.RecordExists, theirs.ETag, theirs.State!.Text));
        theirs.State!.Text = "of the provider";
        await official.WriteStateAsync(StateName, Grain, theirs);

        mine.State!.Text = "too late";
        await Assert.ThrowsAsync<InconsistentStateException>(() => ours.WriteStateAsync(StateName, Grain, mine));
        mine = await ReadAsync(ours);
        Assert.Equal((true, theirs.ETag, "of the provider"), (mine.RecordExists, mine.ETag, mine.State!.Text));
    }

    [Fact]
    public async Task What_the_official_provider_wrote_the_product_reads_and_replaces()
    {
        var (ours, official) = await OpenAsync();
        var theirs = await ReadAsync(official);
        theirs.State!.Text = "of the provider";
        await official.WriteStateAsync(StateName, Grain, theirs);

        var mine = await ReadAsync(ours);
        Assert.Equal((true, theirs.ETag, "of the provider"), (mine.RecordExists, mine.ETag, mine.State!.Text));
        mine.State!.Text = "of the product";
        await ours.WriteStateAsync(StateName, Grain, mine);

        theirs.State!.Text = "too late";
        await Assert.ThrowsAsync<InconsistentStateException>(() => official.WriteStateAsync(StateName, Grain, theirs));
        await Assert.ThrowsAsync<InconsistentStateException>(() => official.ClearStateAsync(StateName, Grain, theirs));
        theirs = await ReadAsync(official);
        Assert.Equal((mine.ETag, "of the product"), (theirs.ETag, theirs.State!.Text));
    }

    [Fact]
    public async Task What_one_of_them_cleared_is_not_there_for_the_other()
    {
        var (ours, official) = await OpenAsync();
        foreach (var (first, second) in new[] { (ours, official), (official, ours) })
        {
            var state = await ReadAsync(first);
            await first.WriteStateAsync(StateName, Grain, state);
            await second.ClearStateAsync(StateName, Grain, await ReadAsync(second));
            state = await ReadAsync(first);
            Assert.Equal((false, null, ""), (state.RecordExists, state.ETag, state.State!.Text));
        }
    }

    private static async Task<GrainState<Note>> ReadAsync(IGrainStorage storage)
    {
        var state = new GrainState<Note>(new Note());
        await storage.ReadStateAsync(StateName, Grain, state);
        return state;
    }

    /// <summary>Both over one container that no other test has.</summary>
    private async Task<(IGrainStorage Ours, IGrainStorage Official)> OpenAsync()
    {
        var container = await azurite.NewContainerAsync();
        var blobs = await AzureBlobStore.OpenAsync(container, new InlineWorkScheduler(), new SeededIdSource(1), CancellationToken.None);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddAzureBlobGrainStorage(Official, options =>
        {
            options.BlobServiceClient = new BlobServiceClient(container.ConnectionString);
            options.ContainerName = container.Container;
            options.GrainStorageSerializer = new OneBlobSerializer($"{StateName}-{Grain}{StateEnvelope.NameEnd}");
        }));
        var official = builder.Build().Services.GetRequiredKeyedService<IGrainStorage>(Official);
        var start = new SiloLifecycleSubject(NullLogger<SiloLifecycleSubject>.Instance);
        ((ILifecycleParticipant<ISiloLifecycle>)official).Participate(start);
        await start.OnStart();
        return (new BlobGrainStorage(blobs), official);
    }

    [GenerateSerializer]
    [Alias("test.note")]
    internal sealed class Note
    {
        [Id(0)] public string Text { get; set; } = "";
    }

    /// <summary>The product's format. Its checksum covers the blob's name, which Orleans does not tell a serializer: it is for one blob.</summary>
    private sealed class OneBlobSerializer(string name) : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T? input) => new(BlobGrainStorage.ToBlob(name, input));

        public T Deserialize<T>(BinaryData input) => BlobGrainStorage.FromBlob<T>(name, input.ToMemory());
    }
}
