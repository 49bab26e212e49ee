namespace JadeVector.Client;

/// <summary>Which server, and how to ask it.</summary>
public sealed record JadeClientOptions
{
    /// <summary>Such as <c>http://127.0.0.1:8080</c>; a path is kept as a prefix.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>Sent as <c>X-API-Key</c>; null sends none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>For one call; an import has none, since it lasts as long as its data.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>All but the key.</summary>
    public override string ToString() => BaseAddress.ToString();
}
