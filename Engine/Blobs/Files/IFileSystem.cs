namespace JadeVector.Engine.Blobs.Files;

/// <summary>
/// What the local store asks of a file system. The seam exists because only a double that forgets everything not flushed can
/// show that nothing acknowledged depends on the page cache: a killed process keeps its page cache and proves nothing.
/// </summary>
/// <remarks>All calls block. Failures are <see cref="IOException"/> with the errno in <see cref="Exception.HResult"/>.</remarks>
public interface IFileSystem
{
    /// <summary>Opens a file that exists for reading and writing; null when it does not.</summary>
    IFile? Open(string path);

    /// <summary>Creates an empty file that must not exist yet.</summary>
    IFile Create(string path);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Creates one directory in a parent that exists. False when it is there already.</summary>
    /// <exception cref="DirectoryNotFoundException">The parent is missing.</exception>
    bool CreateDirectory(string path);

    /// <summary>Renames a file atomically, replacing what is there.</summary>
    /// <exception cref="DirectoryNotFoundException">The file or the new parent is missing.</exception>
    void Rename(string from, string to);

    /// <summary>False when there was none.</summary>
    bool DeleteFile(string path);

    /// <summary>False when it is missing, too.</summary>
    bool IsEmptyDirectory(string path);

    /// <summary>False when it is missing or not empty.</summary>
    bool DeleteEmptyDirectory(string path);

    /// <summary>Makes names created, renamed and deleted in the directory durable.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such directory.</exception>
    void FlushDirectory(string path, FlushReason reason);

    /// <summary>The entries of one directory in no order; none when it is missing.</summary>
    IReadOnlyList<FileEntry> List(string directory);

    /// <summary>Takes a lock that ends with the process, however it ends, and writes <paramref name="holder"/> into the file.</summary>
    /// <returns>Null when somebody has it; <paramref name="otherHolder"/> is then what they wrote.</returns>
    IDisposable? TryLock(string path, string holder, out string otherHolder);

    /// <summary>The name of the network file system that the path is on, or null when it is on a local one.</summary>
    string? NetworkKind(string path);
}

/// <summary>An open file. Reads and writes are at explicit positions; several threads may use it.</summary>
public interface IFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads until the span is full or the file ends.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Writes all the bytes or throws, after which some may be there.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    void SetLength(long length);

    /// <summary>Makes contents and length durable.</summary>
    void Flush(FlushReason reason);
}

public readonly record struct FileEntry(string Name, bool IsDirectory, long LengthBytes);

/// <summary>Why a flush is done, one value for each place that flushes: a test takes away each in turn and must see the loss.</summary>
public enum FlushReason
{
    /// <summary>A block was appended; the append is acknowledged after this.</summary>
    AppendedBlock,

    /// <summary>A torn tail was cut off; else the cut could be lost and the block written over it kept, with garbage behind it.</summary>
    TornTailCut,

    /// <summary>A new file is complete; only then may it get its name.</summary>
    NewContent,

    /// <summary>A file got its name.</summary>
    NewName,

    /// <summary>A name was removed.</summary>
    RemovedName,

    /// <summary>A directory was created; this flushes its parent.</summary>
    NewDirectory,

    /// <summary>A directory is used for the first time: a process killed before this one may have left names in the page cache only.</summary>
    FoundDirectory,

    /// <summary>An append blob is opened: a process killed before this one may have left blocks in the page cache only.</summary>
    FoundAppendBlob,
}
