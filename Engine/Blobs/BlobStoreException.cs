namespace JadeVector.Engine.Blobs;

/// <summary>The store could not be asked or did not answer; whether the operation took effect is unknown.</summary>
public class BlobStoreException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>True when the store itself says that it is full (disk or account), so that only freeing space helps.</summary>
    public bool IsFull { get; init; }
}

/// <summary>Bytes came back that are not the bytes that were stored.</summary>
public sealed class BlobDamagedException(string blob, string what) : IOException($"Blob '{blob}' is damaged: {what}")
{
    public string Blob { get; } = blob;

    public string What { get; } = what;
}
