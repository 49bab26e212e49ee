using System.Collections.Concurrent;
using Xunit;

namespace JadeVector.Tests.HostConformance;

/// <summary>One host for all tests of the suite that need no options of their own.</summary>
public sealed class HostFixture : IAsyncLifetime
{
    private TestHost? _host;

    public TestHost Host => _host ?? throw new InvalidOperationException("The host is not started.");

    public IGrainFactory Grains => Host.Grains;

    public async ValueTask InitializeAsync() => _host = await TestHost.StartAsync(new TestHostOptions());

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
    }
}

[CollectionDefinition(Name)]
public sealed class HostCollection : ICollectionFixture<HostFixture>
{
    public const string Name = "host conformance";
}

/// <summary>Where a grain stops until the test lets it go on. Grain and test run in one process and find it by name.</summary>
public sealed class Gate
{
    private static readonly ConcurrentDictionary<string, Gate> All = new();

    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How long a test waits for what must happen; only a broken host lets it pass.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    public bool IsEntered => _entered.Task.IsCompleted;

    public Task Entered => _entered.Task.WaitAsync(Patience);

    public Task Left => _left.Task.WaitAsync(Patience);

    public static Gate Of(string name) => All.GetOrAdd(name, static _ => new Gate());

    public static string NewName() => Guid.NewGuid().ToString("N");

    public void Open() => _opened.TrySetResult();

    /// <summary>For the grain: tells the test that it is here, and waits.</summary>
    public async Task PassAsync()
    {
        _entered.TrySetResult();
        await _opened.Task;
        _left.TrySetResult();
    }

    /// <summary>For the grain: tells the test that it was here.</summary>
    public void Mark() => _entered.TrySetResult();
}

/// <summary>Lines that grains write and tests read, by name.</summary>
public static class Traces
{
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<string>> All = new();

    public static void Add(string name, string line) => All.GetOrAdd(name, static _ => new ConcurrentQueue<string>()).Enqueue(line);

    public static string[] Of(string name) => All.TryGetValue(name, out var lines) ? [.. lines] : [];
}
