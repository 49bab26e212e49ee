using JadeVector.Engine.Blobs;

namespace JadeVector.Engine.Damage;

/// <summary>A blob that the store has and does not give: it answers with an error each time that it is asked, as one does that has lost the bytes and kept the name.</summary>
internal static class Unreadable
{
    /// <summary>Whether asking the store for a blob has ended without an answer.</summary>
    public static bool IsToldBy(Exception problem) => problem is BlobStoreException or RefusalException { Code: RefusalCodes.StorageUnavailable };

    /// <summary>Whether the bytes are gone for good only the store knows, and what replaced them would be taken for the truth.</summary>
    public static Finding Of(string blob, Exception problem) => new(blob, $"the store does not give it: {problem.Message}", FindingRepair.AskAgain);
}
