using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class NodeMemoryTests
{
    private const long Budget = 100;

    private readonly ManualClock _clock = new();
    private readonly LocalCopies _local = new();
    private readonly NodeMemory _memory;
    private readonly Dictionary<string, Copy> _copies = [];

    public NodeMemoryTests() => _memory = new NodeMemory(_local, Budget, _clock);

    [Fact]
    public async Task Within_the_budget_everything_stays()
    {
        Add("a", 50);
        Add("b", 50);
        _clock.Advance(TimeSpan.FromHours(1));
        await _memory.KeepAsync();
        Assert.Empty(Gone());
        Assert.False(_local.IsFull);
    }

    [Fact]
    public async Task Coldest_goes_first_and_no_more_than_has_to()
    {
        foreach (var (name, bytes) in new[] { ("coldest", 30), ("cold", 20), ("warm", 40), ("hot", 30) })
        {
            Add(name, bytes);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _clock.Advance(NodeMemory.ColdAfter);
        _copies["hot"].UsedAt = _clock.GetTimestamp();
        await _memory.KeepAsync();
        Assert.Equal(["coldest"], Gone());
        Assert.False(_local.IsFull);
    }

    [Fact]
    public async Task What_was_asked_for_just_now_stays_and_the_largest_is_saved_while_vectors_are_refused()
    {
        Add("large", 80);
        Add("small", 30);
        await _memory.KeepAsync();
        Assert.Empty(Gone());
        Assert.True(_local.IsFull);
        Assert.Equal((1, 0), (_copies["large"].SavedCount, _copies["small"].SavedCount));

        _copies["large"].NativeBytes = 20;
        await _memory.KeepAsync();
        Assert.False(_local.IsFull);
        Assert.Equal(1, _copies["large"].SavedCount);
    }

    private void Add(string name, long bytes)
    {
        _copies.Add(name, new Copy { NativeBytes = bytes, UsedAt = _clock.GetTimestamp() });
        _local.Add(new CopyId($"db_{name}", 0, 0), _copies[name]);
    }

    private IEnumerable<string> Gone() => _copies.Where(pair => pair.Value.IsLetGo).Select(pair => pair.Key);

    private sealed class Copy : ILocalCopy
    {
        public long MemoryBytes => NativeBytes;

        public long NativeBytes { get; set; }

        public long UsedAt { get; set; }

        public bool IsLetGo { get; private set; }

        public int SavedCount { get; private set; }

        public void LetGo() => IsLetGo = true;

        public Task SaveAsync()
        {
            SavedCount++;
            return Task.CompletedTask;
        }
    }
}
