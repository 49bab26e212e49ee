using System.Security.Cryptography;
using JadeVector.Engine.Determinism;

namespace JadeVector.Hosting.Work;

/// <summary>Names and nonces that no other process can come upon.</summary>
public sealed class CryptographicIdSource : IdSource
{
    public override void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
