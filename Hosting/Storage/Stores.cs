using Azure.Identity;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using JadeVector.Storage.Azure;

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
