using System.Security.Cryptography;
using JadeVector.Engine.Determinism;

namespace JadeVector.Cli.Verifying;

/// <summary>The engine's work on the thread pool: a tool has it to itself.</summary>
internal sealed class PoolWork : IWorkScheduler
{
    public int BackgroundParallelism => Environment.ProcessorCount;

    public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation) => Task.Run(work, cancellation);
}

internal sealed class CryptographicIds : IdSource
{
    public override void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
