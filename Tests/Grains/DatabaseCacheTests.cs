using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using JadeVector.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class DatabaseCacheTests
{
    private const string Id = "db_01hzzzzzzzzzzzzzzzzzzzzzzz";

    private readonly ManualClock _clock = new();
    private readonly DatabaseCache _cache;
    private Func<Task<DatabaseDescription?>> _answer = () => Task.FromResult<DatabaseDescription?>(Described("first"));
    private int _reads;

    public DatabaseCacheTests() => _cache = new DatabaseCache(
        _ =>
        {
            _reads++;
            return _answer();
        },
        _clock,
        NullLogger<DatabaseCache>.Instance);

    [Fact]
    public async Task A_young_entry_costs_no_call()
    {
        await Get();
        await Get();
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task An_old_entry_is_answered_at_once_and_read_again_beside_it()
    {
        await Get();
        _clock.Advance(DatabaseCache.Lifetime);
        var answer = new TaskCompletionSource<DatabaseDescription?>();
        _answer = () => answer.Task;
        Assert.Equal("first", await Get());
        Assert.Equal("first", await Get());
        Assert.Equal(2, _reads);
        answer.SetResult(Described("second"));
        Assert.Equal("second", await Get());
    }

    [Fact]
    public async Task A_control_plane_that_is_away_stops_no_request_until_the_entry_is_too_old()
    {
        await Get();
        _answer = () => Task.FromException<DatabaseDescription?>(new TimeoutException("away"));
        _clock.Advance(DatabaseCache.Lifetime);
        Assert.Equal("first", await Get());
        _clock.Advance(DatabaseCache.LifetimeMax);
        await Assert.ThrowsAsync<JadeException>(Get);
    }

    [Fact]
    public async Task A_deleted_database_is_gone_once_the_control_plane_has_said_so()
    {
        await Get();
        _answer = () => Task.FromResult<DatabaseDescription?>(null);
        _clock.Advance(DatabaseCache.Lifetime);
        Assert.Equal("first", await Get());
        Assert.Equal("not_found", (await Assert.ThrowsAsync<JadeException>(Get)).Code);
    }

    private async Task<string> Get() => (await _cache.GetAsync(Id, TestContext.Current.CancellationToken)).Settings.Name;

    private static DatabaseDescription Described(string name) => new()
    {
        Id = Id,
        Settings = new DatabaseSettings { Name = name, Dimension = 2 },
        State = DatabaseState.Active,
        ShardMap = new ShardMap { Version = 1, Ranges = [] },
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
    };
}
