using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>One vector as a client gives it; <see cref="Values"/> is null while only its text is known.</summary>
internal sealed class VectorItem
{
    public required string Id { get; init; }

    public byte[]? Values { get; set; }

    public byte[]? Metadata { get; init; }

    public string? Text { get; init; }

    public ulong? IfVersion { get; init; }

    public VectorWrite ToWrite(bool mustExist, bool onlyNew) => new()
    {
        Kind = WriteKind.Upsert,
        Id = Id,
        Values = Values,
        Metadata = Metadata,
        Text = Text,
        IfVersion = IfVersion ?? (onlyNew ? 0 : null),
        MustExist = mustExist,
    };
}
