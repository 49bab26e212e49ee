using JadeVector.Tests.Cluster.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace JadeVector.Tests.Cluster.Support;

/// <summary>One PostgreSQL for the whole run, started by the first test that asks; tests keep apart by cluster id and schema.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private PostgresProcess? _postgres;

    /// <summary>Skips the test where PostgreSQL is not installed.</summary>
    public async Task<string> ConnectionStringAsync()
    {
        Assert.SkipWhen(PostgresProcess.Programs is null, "PostgreSQL is not installed (Debian's package postgresql; ./jade test installs it where it may).");
        await _starting.WaitAsync();
        try
        {
            return (_postgres ??= await PostgresProcess.StartAsync()).ConnectionString;
        }
        finally
        {
            _starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _starting.Dispose();
    }
}
