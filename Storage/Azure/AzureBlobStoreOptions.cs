using Azure.Core;

namespace JadeVector.Storage.Azure;

/// <summary>Which container holds the blobs, and how to reach it: a connection string, or an address with a credential.</summary>
public sealed record AzureBlobStoreOptions
{
    public const string ContainerDefault = "jade";

    /// <summary>Of the storage account; "UseDevelopmentStorage=true" is Azurite on port 10000.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The account's blob endpoint; together with <see cref="Credential"/>, in place of a connection string.</summary>
    public Uri? ServiceUri { get; init; }

    public TokenCredential? Credential { get; init; }

    /// <summary>Created at the start where it is missing.</summary>
    public string Container { get; init; } = ContainerDefault;

    /// <summary>A local directory for copies of immutable blobs that are memory-mapped. One for each process; it may be deleted between runs.</summary>
    public required string CacheDirectory { get; init; }

    /// <summary>Copies that nobody maps are removed, longest unused first, while all together are larger.</summary>
    public long CacheSizeBytesMax { get; init; } = 64L * 1024 * 1024 * 1024;

    /// <summary>How long one request may take on the network before its outcome is called unknown.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often reads, lists and blocks of uploads are tried again. Appends, puts and commits never are.</summary>
    public int RetryCountMax { get; init; } = 4;
}
