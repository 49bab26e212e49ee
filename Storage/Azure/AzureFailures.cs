using System.Net.Sockets;
using Azure;
using Azure.Storage.Blobs.Models;
using JadeVector.Engine.Blobs;

namespace JadeVector.Storage.Azure;

/// <summary>What the service's answers mean in the words of <see cref="IBlobStore"/>.</summary>
internal static class AzureFailures
{
    private const int InsufficientStorage = 507;

    /// <summary>A condition of the request did not hold: nothing was written.</summary>
    internal static bool IsConditionFailed(this RequestFailedException e) =>
        e.ErrorCode == BlobErrorCode.ConditionNotMet
        || e.ErrorCode == BlobErrorCode.TargetConditionNotMet
        || e.ErrorCode == BlobErrorCode.BlobAlreadyExists;

    internal static bool IsBlobMissing(this RequestFailedException e) => e.ErrorCode == BlobErrorCode.BlobNotFound;

    /// <summary>The answer to a HEAD request has no body, and from some servers no code either.</summary>
    internal static bool IsBlobMissingByHead(this RequestFailedException e) =>
        e.IsBlobMissing() || (e.Status == 404 && string.IsNullOrEmpty(e.ErrorCode));

    internal static bool IsPastEnd(this RequestFailedException e) => e.ErrorCode == BlobErrorCode.InvalidRange || e.Status == 416;

    /// <summary>What an append's refusal means; null when it is none of the outcomes that the contract names.</summary>
    internal static AppendStatus? ToAppendStatus(this RequestFailedException e)
    {
        if (e.ErrorCode == BlobErrorCode.AppendPositionConditionNotMet)
            return AppendStatus.LengthMismatch;
        if (e.ErrorCode == BlobErrorCode.BlobNotFound)
            return AppendStatus.Missing;
        return e.ErrorCode == BlobErrorCode.BlockCountExceedsLimit || e.ErrorCode == BlobErrorCode.MaxBlobSizeConditionNotMet
            ? AppendStatus.Full
            : null;
    }

    /// <summary>Runs a request; whatever goes wrong with service, network or credential becomes a <see cref="BlobStoreException"/>.</summary>
    internal static async Task<T> GuardAsync<T>(string what, string name, Func<Task<T>> request, CancellationToken cancellation)
    {
        try
        {
            return await request();
        }
        catch (Exception e) when (IsEnvironment(e) && !(e is OperationCanceledException && cancellation.IsCancellationRequested))
        {
            throw new BlobStoreException($"Could not {what} '{name}': {FirstLine(e)}", e)
            {
                IsFull = e is RequestFailedException { Status: InsufficientStorage },
            };
        }
    }

    // A connection that dies between its making and its first use, or while a body is read, may come as the socket's own exception.
    // A network time-out of the SDK is an OperationCanceledException; several failed tries are an AggregateException; a credential
    // that gets no token throws exceptions of Azure.Identity, a package that is the caller's choice and unknown here.
    private static bool IsEnvironment(Exception e) =>
        e is RequestFailedException or AggregateException or HttpRequestException or SocketException or OperationCanceledException
        || e is IOException and not (BlobStoreException or BlobDamagedException)
        || e.GetType().Namespace == "Azure.Identity";

    private static string FirstLine(Exception e) => e.Message.Split('\n', 2)[0].TrimEnd();
}
