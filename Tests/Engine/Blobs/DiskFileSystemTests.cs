using System.Diagnostics;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

/// <summary>The store on the machine's own disk: the lock, restarts, and what system calls really do.</summary>
public sealed class DiskFileSystemTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TemporaryDirectory _directory = new();
    private readonly DiskFileSystem _files = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_second_opener_is_told_who_has_the_store()
    {
        await using (await OpenAsync())
        {
            var locked = await Assert.ThrowsAsync<StoreLockedException>(OpenAsync);
            Assert.Contains($"process {Environment.ProcessId}", locked.Message, StringComparison.Ordinal);
            Assert.Contains(Path.Join(_directory.Path, "store.lock"), locked.Message, StringComparison.Ordinal);
        }

        await using var next = await OpenAsync();
        Assert.NotNull(next);
    }

    [Fact]
    public async Task A_killed_process_leaves_no_lock()
    {
        const string flock = "/usr/bin/flock";
        Assert.SkipUnless(File.Exists(flock), "flock(1) is not installed: it plays the other process.");
        await (await OpenAsync()).DisposeAsync();
        var start = new ProcessStartInfo(flock) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "--close", Path.Join(_directory.Path, "store.lock"), "sh", "-c", "echo locked; cat" })
            start.ArgumentList.Add(argument);
        using var other = Process.Start(start)!;
        Assert.Equal("locked", await other.StandardOutput.ReadLineAsync(None));
        await Assert.ThrowsAsync<StoreLockedException>(OpenAsync);
        other.Kill(entireProcessTree: true);
        await other.WaitForExitAsync(None);
        await using var store = await OpenAsync();
        Assert.NotNull(store);
    }

    [Fact]
    public async Task Everything_is_found_again_by_the_next_opener()
    {
        string version;
        await using (var store = await OpenAsync())
        {
            version = (await store.PutAsync("d/manifest", new byte[] { 1, 2, 3 }, PutCondition.None, None)).Version!;
            await store.CreateAppendAsync("d/log/1", None);
            await store.AppendAsync("d/log/1", new byte[5000], 0, None);
            await store.AppendAsync("d/log/1", new byte[] { 7 }, 5000, None);
        }

        await using var again = await OpenAsync();
        Assert.Equal(version, (await again.GetAsync("d/manifest", None))!.Version);
        Assert.Equal(5001, await again.GetLengthAsync("d/log/1", None));
        Assert.Equal(AppendStatus.Appended, (await again.AppendAsync("d/log/1", new byte[] { 8 }, 5001, None)).Status);
    }

    [Fact]
    public async Task A_root_is_created_with_the_directories_above_it()
    {
        var root = Path.Join(_directory.Path, "not/there/yet");
        await using var store = await LocalBlobStore.OpenAsync(root, _files, new InlineWorkScheduler(), new SeededIdSource(1), None);
        Assert.True(File.Exists(Path.Join(root, "store.lock")));
    }

    [Fact]
    public async Task A_root_that_cannot_be_created_is_reported()
    {
        var file = Path.Join(_directory.Path, "file");
        await File.WriteAllTextAsync(file, "", None);
        await Assert.ThrowsAsync<BlobStoreException>(() =>
            LocalBlobStore.OpenAsync(Path.Join(file, "store"), _files, new InlineWorkScheduler(), new SeededIdSource(1), None));
    }

    [Fact]
    public async Task Deletes_and_creates_in_one_directory_do_not_trip_each_other()
    {
        await using var store = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 40; i++)
            {
                Assert.True((await store.PutAsync($"a/b/{writer}", new byte[10], PutCondition.IfAbsent, None)).Done);
                Assert.NotNull(await store.GetAsync($"a/b/{writer}", None));
                Assert.True(await store.DeleteAsync($"a/b/{writer}", None));
            }
        })));
        Assert.Equal(["store.lock", "~temp"], _files.List(_directory.Path).Select(e => e.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void System_calls_answer_as_the_seam_says()
    {
        var directory = Path.Join(_directory.Path, "d");
        Assert.True(_files.CreateDirectory(directory));
        Assert.False(_files.CreateDirectory(directory));
        Assert.Throws<DirectoryNotFoundException>(() => _files.CreateDirectory(Path.Join(directory, "x/y")));
        Assert.Throws<DirectoryNotFoundException>(() => _files.FlushDirectory(Path.Join(directory, "x"), FlushReason.NewName));
        Assert.Throws<DirectoryNotFoundException>(() => _files.Rename(Path.Join(directory, "x"), Path.Join(directory, "y")));
        Assert.Null(_files.Open(Path.Join(directory, "x")));
        Assert.False(_files.DeleteFile(Path.Join(directory, "x")));
        _files.Create(Path.Join(directory, "x")).Dispose();
        Assert.ThrowsAny<IOException>(() => _files.Create(Path.Join(directory, "x")));
        Assert.False(_files.DeleteEmptyDirectory(directory));
        Assert.True(_files.DeleteFile(Path.Join(directory, "x")));
        Assert.True(_files.IsEmptyDirectory(directory));
        Assert.True(_files.DeleteEmptyDirectory(directory));
        Assert.False(_files.DeleteEmptyDirectory(directory));
        Assert.Empty(_files.List(directory));
    }

    [Fact]
    public void A_full_device_gives_the_error_that_the_store_looks_for()
    {
        const string full = "/dev/full";
        const int noSpace = 28;
        Assert.SkipUnless(File.Exists(full), "there is no /dev/full");
        using var file = _files.Open(full)!;
        Assert.Equal(noSpace, Assert.ThrowsAny<IOException>(() => file.Write(0, new byte[10])).HResult);
    }

    [Fact]
    public void The_disk_under_the_tests_is_local_and_known_network_disks_are_not()
    {
        Assert.Null(_files.NetworkKind(_directory.Path));
        Assert.Equal("nfs", FileSystemKinds.NetworkName(0x6969));
        Assert.Equal("cifs", FileSystemKinds.NetworkName(unchecked((int)0xFF534D42)));
        Assert.Equal("fuse", FileSystemKinds.NetworkName(0x65735546));
        Assert.Null(FileSystemKinds.NetworkName(0xEF53));
        if (OperatingSystem.IsLinux())
            Assert.Equal(0x9FA0, DiskFileSystem.StatFsType("/proc"));
    }

    private Task<LocalBlobStore> OpenAsync() =>
        LocalBlobStore.OpenAsync(_directory.Path, _files, new InlineWorkScheduler(), new SeededIdSource(Environment.ProcessId), None);
}
