using Azure.Identity;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Witnesses;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using JadeVector.Storage.Azure;
using JadeVector.Storage.Witnesses;

namespace JadeVector.Hosting.Storage;

/// <summary>Opens the store that the options name.</summary>
internal static class Stores
{
    /// <exception cref="JadeStartException">The store cannot be opened, or a remote one did not answer in time.</exception>
    public static async Task<IBlobStore> OpenAsync(StorageOptions options, IWorkScheduler work, IdSource ids, StartRetry retry, CancellationToken cancellation)
    {
        try
        {
            if (options is { ConnectionString: null, ServiceUri: null })
                return await LocalBlobStore.OpenAsync(options.Path, new DiskFileSystem(), work, ids, cancellation);
            var azure = ToAzure(options);
            return await retry.RunAsync<IBlobStore>(
                $"The blob container at {AzureBlobStore.AddressOf(azure)}",
                async stop => await AzureBlobStore.OpenAsync(azure, work, ids, stop),
                problem => problem is BlobStoreException,
                cancellation);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException or FormatException)
        {
            throw new JadeStartException(problem.Message, problem);
        }
    }

    /// <summary>Remembers how far the store was seen; on the node's own disk where the store is elsewhere (what is on that disk with it would go back with it).</summary>
    /// <exception cref="JadeStartException">The disk is not there to write to.</exception>
    public static StoreWitness OpenWitness(StorageOptions options)
    {
        if (options is { ConnectionString: null, ServiceUri: null })
            return new StoreWitness();
        try
        {
            return new StoreWitness(WitnessFiles.OpenFree(options.Path));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new JadeStartException(problem.Message, problem);
        }
    }

    private static AzureBlobStoreOptions ToAzure(StorageOptions options) => new()
    {
        ConnectionString = options.ConnectionString,
        ServiceUri = options.ServiceUri,
        // Tells a managed identity from a developer's login by itself; AZURE_CLIENT_ID names a user-assigned one.
        Credential = options.ServiceUri is null ? null : new DefaultAzureCredential(),
        Container = options.Container,
        CacheDirectory = Path.Combine(options.Path, "cache"),
        RetryCountMax = 4,
    };
}
