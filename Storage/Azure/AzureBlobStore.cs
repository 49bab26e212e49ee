using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;

namespace JadeVector.Storage.Azure;

/// <summary>Blobs in one container of Azure Blob storage, or of Azurite.</summary>
/// <remarks>
/// Two clients: the patient one retries what may be repeated (reads, lists, deletes, blocks of an upload that is not committed). The single-shot
/// one never does: an append, put or commit that was answered by nothing may have happened, and only the layer above knows how to find out.
/// The service keeps its own checksums, so bytes read here are not checked again below the formats that they are in.
/// </remarks>
public sealed class AzureBlobStore : IBlobStore
{
    private readonly BlobContainerClient _patient;
    private readonly BlobContainerClient _once;
    private readonly IdSource _ids;
    private readonly LocalCopies _copies;

    private AzureBlobStore(BlobContainerClient patient, BlobContainerClient once, IdSource ids, LocalCopies copies)
    {
        (_patient, _once, _ids, _copies) = (patient, once, ids, copies);
    }

    /// <summary>Connects, and creates the container where it is missing.</summary>
    /// <exception cref="ArgumentException">The options name neither a connection string nor an address with a credential, or both.</exception>
    /// <exception cref="BlobStoreException">The service does not answer or refuses.</exception>
    public static async Task<AzureBlobStore> OpenAsync(AzureBlobStoreOptions options, IWorkScheduler work, IdSource ids, CancellationToken cancellation)
    {
        var patient = Connect(options, options.RetryCountMax);
        await AzureFailures.GuardAsync("open container", options.Container, () => patient.CreateIfNotExistsAsync(cancellationToken: cancellation), cancellation);
        var copies = await LocalCopies.OpenAsync(options.CacheDirectory, options.CacheSizeBytesMax, work, ids, cancellation);
        return new AzureBlobStore(patient, Connect(options, retryCountMax: 0), ids, copies);
    }

    /// <summary>Where the container is, without secrets: for messages.</summary>
    /// <exception cref="FormatException">The connection string is none.</exception>
    public static string AddressOf(AzureBlobStoreOptions options) => Connect(options, retryCountMax: 0).Uri.GetLeftPart(UriPartial.Path);

    public Task<BlobContent?> GetAsync(string name, CancellationToken cancellation) => RequestAsync<BlobContent?>("get", name, async () =>
    {
        try
        {
            var answer = await _patient.GetBlobClient(name).DownloadContentAsync(cancellation);
            return new BlobContent(answer.Value.Content.ToMemory(), answer.Value.Details.ETag.ToString());
        }
        catch (RequestFailedException e) when (e.IsBlobMissing())
        {
            return null;
        }
    }, cancellation);

    public Task<PutResult> PutAsync(string name, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellation)
    {
        if (content.Length > BlobLimits.PutSizeBytesMax)
            throw new ArgumentException($"A put takes at most {BlobLimits.PutSizeBytesMax} bytes, not {content.Length}.", nameof(content));
        var conditions = condition.MustBeAbsent ? IfAbsent() : new BlobRequestConditions { IfMatch = condition.Version is { } version ? new ETag(version) : null };
        return RequestAsync("put", name, async () =>
        {
            try
            {
                var answer = await _once.GetBlockBlobClient(name)
                    .UploadAsync(new ReadOnlyMemoryStream(content), new BlobUploadOptions { Conditions = conditions }, cancellation);
                return new PutResult(answer.Value.ETag.ToString());
            }
            catch (RequestFailedException e) when (e.IsConditionFailed() || (e.IsBlobMissing() && condition.Version is not null))
            {
                return PutResult.ConditionFailed;
            }
        }, cancellation);
    }

    public Task<BlobUpload> CreateAsync(string name, CancellationToken cancellation)
    {
        BlobNames.Require(name);
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult<BlobUpload>(new AzureUpload(name, _patient.GetBlockBlobClient(name), _once.GetBlockBlobClient(name), _ids.NewNonce()));
    }

    public Task<bool> CreateAppendAsync(string name, CancellationToken cancellation) => RequestAsync("create", name, async () =>
    {
        try
        {
            await _once.GetAppendBlobClient(name)
                .CreateAsync(new AppendBlobCreateOptions { Conditions = new AppendBlobRequestConditions { IfNoneMatch = ETag.All } }, cancellation);
            return true;
        }
        catch (RequestFailedException e) when (e.IsConditionFailed())
        {
            return false;
        }
    }, cancellation);

    public Task<AppendResult> AppendAsync(string name, ReadOnlyMemory<byte> bytes, long? expectedLength, CancellationToken cancellation)
    {
        if (bytes.Length is 0 or > BlobLimits.AppendSizeBytesMax)
            throw new ArgumentException($"An append takes 1 to {BlobLimits.AppendSizeBytesMax} bytes, not {bytes.Length}.", nameof(bytes));
        return RequestAsync("append to", name, async () =>
        {
            try
            {
                var options = new AppendBlobAppendBlockOptions { Conditions = new AppendBlobRequestConditions { IfAppendPositionEqual = expectedLength } };
                await _once.GetAppendBlobClient(name).AppendBlockAsync(new ReadOnlyMemoryStream(bytes), options, cancellation);
                return new AppendResult(AppendStatus.Appended);
            }
            catch (RequestFailedException e) when (e.ToAppendStatus() is not null)
            {
                return new AppendResult(e.ToAppendStatus()!.Value);
            }
        }, cancellation);
    }

    public async Task<int?> ReadAsync(string name, long offset, Memory<byte> buffer, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (buffer.IsEmpty)
            return await GetLengthAsync(name, cancellation) is null ? null : 0;
        return await RequestAsync<int?>("read", name, async () =>
        {
            try
            {
                var options = new BlobDownloadOptions { Range = new HttpRange(offset, buffer.Length) };
                using var answer = (await _patient.GetBlobClient(name).DownloadStreamingAsync(options, cancellation)).Value;
                return await answer.Content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
            }
            catch (RequestFailedException e) when (e.IsPastEnd())
            {
                return 0;
            }
            catch (RequestFailedException e) when (e.IsBlobMissing())
            {
                return null;
            }
        }, cancellation);
    }

    public Task<long?> GetLengthAsync(string name, CancellationToken cancellation) => RequestAsync<long?>("measure", name, async () =>
    {
        try
        {
            return (await _patient.GetBlobClient(name).GetPropertiesAsync(cancellationToken: cancellation)).Value.ContentLength;
        }
        catch (RequestFailedException e) when (e.IsBlobMissingByHead())
        {
            return null;
        }
    }, cancellation);

    public async Task<bool> DeleteAsync(string name, CancellationToken cancellation)
    {
        var deleted = await RequestAsync("delete", name, async () =>
            (await _patient.GetBlobClient(name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, cancellationToken: cancellation)).Value, cancellation);
        await _copies.RemoveAsync(name, cancellation);
        return deleted;
    }

    public async Task<bool> DeleteIfMatchAsync(string name, string version, CancellationToken cancellation)
    {
        var deleted = await RequestAsync("delete", name, async () =>
        {
            try
            {
                var condition = new BlobRequestConditions { IfMatch = new ETag(version) };
                return (await _once.GetBlobClient(name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, condition, cancellation)).Value;
            }
            catch (RequestFailedException e) when (e.IsConditionFailed())
            {
                return false;
            }
        }, cancellation);
        if (deleted)
            await _copies.RemoveAsync(name, cancellation);
        return deleted;
    }

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        BlobNames.RequirePrefix(prefix);
        await using var pages = _patient.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellation).AsPages().GetAsyncEnumerator(cancellation);
        while (await AzureFailures.GuardAsync("list", prefix, () => pages.MoveNextAsync().AsTask(), cancellation))
        {
            foreach (var blob in pages.Current.Values)
                yield return new BlobEntry(blob.Name, blob.Properties.ContentLength ?? 0);
        }
    }

    public async Task<LocalBlob?> OpenLocalAsync(string name, CancellationToken cancellation)
    {
        if (await GetLengthAsync(name, cancellation) is not { } lengthBytes)
            return null;
        return await _copies.OpenAsync(name, lengthBytes, target => RequestAsync("fetch", name, async () =>
        {
            try
            {
                using var answer = await _patient.GetBlobClient(name).DownloadToAsync(target, cancellation);
                return true;
            }
            catch (RequestFailedException e) when (e.IsBlobMissing())
            {
                return false;
            }
        }, cancellation), cancellation);
    }

    internal static BlobRequestConditions IfAbsent() => new() { IfNoneMatch = ETag.All };

    private static Task<T> RequestAsync<T>(string what, string name, Func<Task<T>> request, CancellationToken cancellation)
    {
        BlobNames.Require(name);
        return AzureFailures.GuardAsync(what, name, request, cancellation);
    }

    private static BlobContainerClient Connect(AzureBlobStoreOptions options, int retryCountMax)
    {
        var client = new BlobClientOptions();
        client.Retry.MaxRetries = retryCountMax;
        client.Retry.Mode = RetryMode.Exponential;
        client.Retry.Delay = TimeSpan.FromMilliseconds(200);
        client.Retry.MaxDelay = TimeSpan.FromSeconds(5);
        client.Retry.NetworkTimeout = options.RequestTimeout;
        return options switch
        {
            { ConnectionString: { } connection, ServiceUri: null } => new BlobContainerClient(connection, options.Container, client),
            { ConnectionString: null, ServiceUri: { } service, Credential: { } credential } =>
                new BlobServiceClient(service, credential, client).GetBlobContainerClient(options.Container),
            _ => throw new ArgumentException("Azure storage takes either a connection string, or a service address with a credential.", nameof(options)),
        };
    }
}
