namespace JadeVector.Engine.Determinism;

/// <summary>Where names and nonces that must never repeat come from: a cryptographic source in hosts, a seeded one under test.</summary>
public abstract class IdSource
{
    /// <summary>Fills the span with fresh random bytes.</summary>
    public abstract void Fill(Span<byte> bytes);

    public Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        return new Guid(bytes);
    }

    public ulong NewNonce()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}

/// <summary>The same sequence for the same seed; safe for use from several threads.</summary>
public sealed class SeededIdSource(int seed) : IdSource
{
    private readonly Random _random = new(seed);

    public override void Fill(Span<byte> bytes)
    {
        lock (_random)
        {
            _random.NextBytes(bytes);
        }
    }
}
