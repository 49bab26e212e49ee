using System.Net;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Engine.Shards;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

public sealed class IdleTests
{
    private const string Query = """{"queryVector":[1,2,3]}""";

    [Fact]
    public async Task Idle_database_holds_no_memory_and_no_file_and_answers_when_it_is_asked_again()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path, ("Engine:IdleSeconds", "1"));
        var local = node.Services.GetRequiredService<LocalCopies>();
        var database = await node.Http.CreateDatabase("sleeper", 3);
        await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"stored","values":[1,2,3]}""", HttpStatusCode.Created);
        await node.Services.GetRequiredService<IGrainFactory>().GetGrain<IShardGrain>(new CopyId(database, 0, 0).ToString()).Checkpoint();
        await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"logged","values":[1,2,4]}""", HttpStatusCode.Created);
        Assert.Equal(["stored", "logged"], (await node.Http.Post($"/v1/databases/{database}/search", Query)).Ids());
        Assert.InRange(Assert.Single(local.Copies).Bytes, 1, long.MaxValue);
        Assert.NotEmpty(MappedFiles(folder));

        await UntilNoneIsLeft(local);
        await ShardBench.UntilAsync(() => MappedFiles(folder).Length == 0);
        Assert.Equal(["stored", "logged"], (await node.Http.Post($"/v1/databases/{database}/search", Query)).Ids());
    }

    [Fact]
    public async Task Database_that_is_let_go_for_its_memory_answers_the_next_query()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var local = node.Services.GetRequiredService<LocalCopies>();
        var database = await node.Http.CreateDatabase("cold", 3);
        await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""", HttpStatusCode.Created);
        var copy = Assert.Single(local.All);
        await copy.SaveAsync(); // as the keeper does, from outside of the grain
        copy.LetGo();
        await UntilNoneIsLeft(local);
        await ShardBench.UntilAsync(() => copy.NativeBytes == 0);
        Assert.Equal(["a"], (await node.Http.Post($"/v1/databases/{database}/search", Query)).Ids());
    }

    [Fact]
    public async Task Node_without_memory_for_more_refuses_vectors_and_goes_on_with_the_rest()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var database = await node.Http.CreateDatabase("full", 3);
        await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""", HttpStatusCode.Created);
        var local = node.Services.GetRequiredService<LocalCopies>();
        local.IsFull = true;
        var problem = await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"b","values":[1,2,3]}""", HttpStatusCode.TooManyRequests);
        Assert.Equal("overloaded", (string)problem["code"]!);
        Assert.Equal(["a"], (await node.Http.Post($"/v1/databases/{database}/search", Query)).Ids());
        await node.Http.Delete($"/v1/databases/{database}/vectors/a");
        local.IsFull = false;
        await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"b","values":[1,2,3]}""", HttpStatusCode.Created);
    }

    private static async Task UntilNoneIsLeft(LocalCopies local)
    {
        for (var changed = local.Changed; local.Count > 0; changed = local.Changed)
            await changed.WaitAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>What of the directory is mapped into this process.</summary>
    private static string[] MappedFiles(TemporaryDirectory folder) =>
        [.. File.ReadLines("/proc/self/maps").Where(line => line.Contains(folder.Path, StringComparison.Ordinal))];
}
