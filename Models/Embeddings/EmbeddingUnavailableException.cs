namespace JadeVector.Models.Embeddings;

/// <summary>An embedding endpoint did not give the vectors it was asked for; nothing of the call may be used.</summary>
/// <param name="endpoint">The address that was asked.</param>
/// <param name="reason">Why not, in words that may be shown to a caller: no key, no text of the input.</param>
public sealed class EmbeddingUnavailableException(Uri endpoint, string reason, Exception? cause = null)
    : Exception($"The embedding endpoint {endpoint} {reason}", cause)
{
    public Uri Endpoint { get; } = endpoint;

    public string Reason { get; } = reason;
}
