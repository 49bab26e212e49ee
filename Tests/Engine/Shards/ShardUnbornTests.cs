using JadeVector.Engine;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>A shard that nobody has written to: it answers as an empty one and has no blob.</summary>
public sealed class ShardUnbornTests : IAsyncDisposable, IShardBirths
{
    private static readonly ShardAddress Address = new("db_unborn", 0);
    private static readonly ShardBirth Birth = new(0, ulong.MaxValue, 1, ConfigOf());

    private readonly SimulatedBlobStore _store = new();
    private readonly EngineContext _context;
    private readonly List<Shard> _opened = [];
    private int _births;
    private int _confirmations;
    private bool _isGone;

    public ShardUnbornTests() => _context = new EngineContext(_store, new ManualClock { JumpMax = TimeSpan.FromSeconds(1) }, new InlineWorkScheduler(), new SeededIdSource(1));

    public async ValueTask DisposeAsync()
    {
        foreach (var shard in _opened)
            await shard.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Reads_find_it_empty_and_make_nothing()
    {
        var shard = await OpenAsync();
        await shard.EnsureReadableAsync(ReadGuarantee.Strong, 0, DateTimeOffset.MaxValue, default);
        Assert.Empty(Search(shard, [0, 0], 5));
        Assert.Null(Get(shard, "a"));
        Assert.Equal((0L, 0ul, false), (shard.Stats.VectorCount, shard.Stats.Sequence, shard.Stats.IsOwner));
        await shard.ScrubAsync(default);
        Assert.Empty(_store.Names());
        Assert.Equal(0, _births);
    }

    [Fact]
    public async Task First_write_has_it_made_once()
    {
        var shard = await OpenAsync();
        Assert.Equal(1ul, (await Write(shard, Put("a", [1, 0]))).Sequence);
        Assert.Equal(2ul, (await Write(shard, Put("b", [2, 0]))).Sequence);
        Assert.Equal(1, _births);
        await shard.CheckpointAsync(default);
        await shard.DisposeAsync();
        Assert.Equal(["a", "b"], Ids(Search(await OpenAsync(), [0, 0], 5)));
        Assert.Equal(1, _births);
    }

    [Fact]
    public async Task Reads_and_writes_go_on_after_a_first_write_that_had_it_made_and_got_no_further()
    {
        var shard = await OpenAsync();
        _store.Fail(BlobOperation.Read, "log/", BlobFault.FailBefore, times: int.MaxValue);
        await Assert.ThrowsAsync<RefusalException>(() => Write(shard, Put("a", [1, 0])));
        Assert.Equal(1, _births);
        _store.ForgetFaults();
        await shard.EnsureReadableAsync(ReadGuarantee.Strong, 0, DateTimeOffset.MaxValue, default);
        Assert.Empty(Search(shard, [0, 0], 5));
        Assert.Equal(1ul, (await Write(shard, Put("b", [2, 0]))).Sequence);
        Assert.Equal(["b"], Ids(Search(shard, [0, 0], 5)));
    }

    [Fact]
    public async Task Write_after_another_node_has_begun_goes_on_behind_it_and_strong_reads_notice()
    {
        var first = await OpenAsync();
        var second = await OpenAsync();
        var third = await OpenAsync();
        await Write(first, Put("a", [1, 0]));
        Assert.Equal(RefusalCodes.Fenced, (await Assert.ThrowsAsync<RefusalException>(() => third.EnsureReadableAsync(ReadGuarantee.Strong, 0, DateTimeOffset.MaxValue, default))).Code);
        Assert.True(third.MustReopen);
        Assert.Equal(2ul, (await Write(second, Put("b", [2, 0]))).Sequence);
        Assert.Equal(["a", "b"], Ids(Search(second, [0, 0], 5)));
        Assert.Equal(RefusalCodes.Fenced, (await Assert.ThrowsAsync<RefusalException>(() => Write(first, Put("c", [3, 0])))).Code);
        Assert.Equal(1, _births);
    }

    [Fact]
    public async Task Write_that_finds_segments_of_another_must_open_anew()
    {
        var late = await OpenAsync();
        var other = await OpenAsync();
        await Write(other, Put("a", [1, 0]));
        await other.CheckpointAsync(default);
        Assert.Equal(RefusalCodes.Fenced, (await Assert.ThrowsAsync<RefusalException>(() => Write(late, Put("b", [2, 0])))).Code);
        Assert.NotNull(Get(other, "a"));
    }

    [Fact]
    public async Task Control_plane_that_says_no_leaves_nothing_behind()
    {
        _isGone = true;
        var shard = await Shard.OpenAsync(_context, Address, new ShardOptions(), default, this);
        _opened.Add(shard);
        Assert.Equal(RefusalCodes.Gone, (await Assert.ThrowsAsync<RefusalException>(() => Write(shard, Put("a", [1, 0])))).Code);
        Assert.Empty(_store.Names());
        Assert.Equal(RefusalCodes.Gone, (await Assert.ThrowsAsync<RefusalException>(() => Shard.OpenAsync(_context, Address, new ShardOptions(), default))).Code);
    }

    [Fact]
    public async Task One_that_was_made_late_of_a_deleted_database_takes_no_write()
    {
        await ShardManifests.CreateAsync(_context, Address, Birth, default);
        _isGone = true;
        var shard = await OpenAsync();
        Assert.Equal(RefusalCodes.Gone, (await Assert.ThrowsAsync<RefusalException>(() => Write(shard, Put("a", [1, 0])))).Code);
        Assert.Equal(RefusalCodes.Gone, (await Assert.ThrowsAsync<RefusalException>(() => shard.PinAsync("s", default))).Code);
        Assert.Equal(0ul, (await ShardManifests.ReadAsync(_context, Address, default))!.Value.Manifest.Epoch);
    }

    [Fact]
    public async Task One_that_was_made_is_confirmed_before_its_first_owner_and_never_again()
    {
        await ShardManifests.CreateAsync(_context, Address, Birth, default);
        await Write(await OpenAsync(), Put("a", [1, 0]));
        await Write(await OpenAsync(), Put("b", [1, 0]));
        Assert.Equal((0, 1), (_births, _confirmations));
    }

    private async Task<Shard> OpenAsync()
    {
        var shard = await Shard.OpenAsync(_context, Address, new ShardOptions(), default, this);
        _opened.Add(shard);
        return shard;
    }

    Task<ShardBirth?> IShardBirths.FindAsync() => Task.FromResult<ShardBirth?>(Birth);

    Task IShardBirths.BearAsync()
    {
        ThrowIfGone();
        _births++;
        return ShardManifests.CreateAsync(_context, Address, Birth, default);
    }

    Task IShardBirths.ConfirmAsync()
    {
        ThrowIfGone();
        _confirmations++;
        return Task.CompletedTask;
    }

    private void ThrowIfGone()
    {
        if (_isGone)
            throw new RefusalException(RefusalCodes.Gone, "deleted meanwhile");
    }
}
