using Azure.Storage.Blobs;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Hosting.Options;

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
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new JadeStartException(problem.Message, problem);
        }
    }
}
