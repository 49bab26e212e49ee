using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

/// <summary>
/// One of every operation on the local store, beside a model of what was acknowledged. Absent blobs are null in the model. The
/// operation that was running when the program ended may have happened or not; everything else must be as acknowledged.
/// </summary>
internal sealed class PowerLossWorkload(PowerLossFileSystem files)
{
    private const string Root = "/data/store";
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly Dictionary<string, byte[]?> _acknowledged = [];
    private (string Name, byte[]? Maybe)? _running;

    public Task<LocalBlobStore> OpenAsync(int seed) =>
        LocalBlobStore.OpenAsync(Root, files, new InlineWorkScheduler(), new SeededIdSource(seed), None);

    public async Task RunAsync()
    {
        var store = await OpenAsync(seed: 1);
        await PutAsync(store, "d/a/manifest", Bytes(100), PutCondition.IfAbsent);
        await CreateAppendAsync(store, "d/a/log/1");
        foreach (var length in new[] { 700, 5000, 900 })
            await AppendAsync(store, "d/a/log/1", Bytes(length));
        var version = (await store.GetAsync("d/a/manifest", None))!.Version;
        await PutAsync(store, "d/a/manifest", Bytes(150), PutCondition.IfMatch(version));
        await UploadAsync(store, "d/a/s/rows", Bytes(3000));
        await FillDiskAsync(store);
        await AppendAsync(store, "d/a/log/1", Bytes(300));
        await AppendAsync(store, "d/a/log/1", Bytes(200));
        await DeleteAsync(store, "d/a/manifest");
        await DeleteAsync(store, "d/a/s/rows");
        await UploadAsync(store, "d/a/s/rows2", Bytes(2000));
        await CreateAppendAsync(store, "d/c/log/1");
        await AppendAsync(store, "d/c/log/1", Bytes(600));
        await DeleteAsync(store, "d/a/log/1");
        await PutAsync(store, "d/c/manifest", Bytes(50), PutCondition.None);
    }

    /// <summary>What is wrong after a restart, or null.</summary>
    public async Task<string?> ViolationAsync()
    {
        try
        {
            await using var store = await OpenAsync(seed: 2);
            foreach (var (name, expected) in _acknowledged.Append(KeyValuePair.Create(_running?.Name ?? "none", _running is { } r ? _acknowledged.GetValueOrDefault(r.Name) : null)))
            {
                var actual = await StateAsync(store, name);
                var isRunning = _running is { } running && running.Name == name && Same(actual, running.Maybe);
                if (!Same(actual, expected) && !isRunning)
                    return $"{name} has {Describe(actual)}, acknowledged was {Describe(expected)}";
            }

            return files.List(Root + "/~temp").Count == 0 ? null : "temporary files are left";
        }
        catch (BlobDamagedException e)
        {
            return e.Message;
        }
    }

    /// <summary>What a new process reads counts as acknowledged from then on: somebody may have acted on it.</summary>
    public async Task ObserveAsync()
    {
        var store = await OpenAsync(seed: 3);
        var names = _acknowledged.Keys.ToHashSet();
        if (_running is { } running)
            names.Add(running.Name);
        foreach (var name in names)
            _acknowledged[name] = await StateAsync(store, name);
        _running = null;
    }

    private static async Task<byte[]?> StateAsync(LocalBlobStore store, string name)
    {
        if (!name.Contains("log", StringComparison.Ordinal))
            return (await store.GetAsync(name, None))?.Bytes.ToArray();
        if (await store.GetLengthAsync(name, None) is not { } length)
            return null;
        var bytes = new byte[length];
        Assert.Equal(bytes.Length, await store.ReadAsync(name, 0, bytes, None));
        return bytes;
    }

    private Task PutAsync(LocalBlobStore store, string name, byte[] content, PutCondition condition) =>
        DoAsync(name, content, async () => Assert.True((await store.PutAsync(name, content, condition, None)).Done));

    private Task CreateAppendAsync(LocalBlobStore store, string name) =>
        DoAsync(name, [], async () => Assert.True(await store.CreateAppendAsync(name, None)));

    private Task AppendAsync(LocalBlobStore store, string name, byte[] bytes)
    {
        var before = _acknowledged[name]!;
        return DoAsync(name, [.. before, .. bytes], async () =>
            Assert.Equal(AppendStatus.Appended, (await store.AppendAsync(name, bytes, before.Length, None)).Status));
    }

    private Task DeleteAsync(LocalBlobStore store, string name) =>
        DoAsync(name, null, async () => Assert.True(await store.DeleteAsync(name, None)));

    private Task UploadAsync(LocalBlobStore store, string name, byte[] content) => DoAsync(name, content, async () =>
    {
        await using var upload = await store.CreateAsync(name, None);
        await upload.WriteAsync(content.AsMemory(0, 1000), None);
        await upload.WriteAsync(content.AsMemory(1000), None);
        Assert.True(await upload.CommitAsync(None));
    });

    /// <summary>An append of which the full disk takes only a part.</summary>
    private async Task FillDiskAsync(LocalBlobStore store)
    {
        files.FreeBytes = 1500;
        try
        {
            await store.AppendAsync("d/a/log/1", Bytes(4000), null, None);
            Assert.Fail("The disk took more than it had.");
        }
        catch (BlobStoreException e)
        {
            Assert.True(e.IsFull);
        }

        files.FreeBytes = null;
    }

    private async Task DoAsync(string name, byte[]? after, Func<Task> operation)
    {
        _running = (name, after);
        await operation();
        _acknowledged[name] = after;
        _running = null;
    }

    private static bool Same(byte[]? a, byte[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);

    private static string Describe(byte[]? state) => state is null ? "nothing" : $"{state.Length} bytes";

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
