using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Hosting.Options;
using JadeVector.Storage.Azure;

namespace JadeVector.Hosting.Storage;

/// <summary>Opens the store that the options name.</summary>
internal static class Stores
{
    public static async Task<IBlobStore> OpenAsync(StorageOptions options, IWorkScheduler work, IdSource ids, CancellationToken cancellation)
    {
        try
        {
            return options.ConnectionString is null
                ? await OpenLocalAsync(options, work, ids, cancellation)
                : await OpenAzureAsync(options, work, ids, cancellation);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new JadeStartException(problem.Message, problem);
        }
    }

    private static async Task<IBlobStore> OpenLocalAsync(StorageOptions options, IWorkScheduler work, IdSource ids, CancellationToken cancellation) =>
        await LocalBlobStore.OpenAsync(options.Path, new DiskFileSystem(), work, ids, cancellation);

    private static async Task<IBlobStore> OpenAzureAsync(StorageOptions options, IWorkScheduler work, IdSource ids, CancellationToken cancellation) =>
        await AzureBlobStore.OpenAsync(
            new AzureBlobStoreOptions
            {
                ConnectionString = options.ConnectionString,
                Container = options.Container,
                CacheDirectory = Path.Combine(options.Path, "cache"),
            },
            work,
            ids,
            cancellation);
}
