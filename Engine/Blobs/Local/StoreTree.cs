using System.Collections.Concurrent;
using JadeVector.Engine.Blobs.Files;

namespace JadeVector.Engine.Blobs.Local;

/// <summary>
/// The directories below the store's root, and how a name gets in and out of one durably.
/// </summary>
/// <remarks>
/// A directory is <em>settled</em> when every name that it and the directories above it had at that moment is known durable. What a
/// killed process left may sit in the page cache only; were it believed, later writes could be acknowledged on top of a name that
/// a power cut takes back. So the first use of a directory in each process flushes it and its parent.
/// Directories are relative to the root, without a slash at the end; the root is "".
/// </remarks>
internal sealed class StoreTree(string root, IFileSystem files, PoisonList poison)
{
    /// <summary>Room for the directories in use; forgetting one costs two flushes at its next use.</summary>
    private const int SettledCountMax = 16_384;

    /// <summary>How often a directory may be pruned under a writer's feet before that is an error.</summary>
    private const int PublishTriesMax = 16;

    private readonly ConcurrentDictionary<string, bool> _settled = new(StringComparer.Ordinal);

    internal string PathOf(string name) => name.Length == 0 ? root : Path.Join(root, name);

    internal static string ParentOf(string name) => name.LastIndexOf('/') is var slash and > 0 ? name[..slash] : "";

    /// <summary>Settles a directory that names are looked up in; false when it does not exist.</summary>
    internal bool Settle(string directory)
    {
        try
        {
            return Settle(directory, create: false);
        }
        catch (DirectoryNotFoundException)
        {
            return false;   // pruned meanwhile: it was empty
        }
    }

    /// <summary>Gives a flushed temporary file its name, durably.</summary>
    internal void Publish(string temporaryPath, string name)
    {
        var directory = ParentOf(name);
        for (var tries = 1; ; tries++)
        {
            try
            {
                Settle(directory, create: true);
                files.Rename(temporaryPath, PathOf(name));
                break;
            }
            catch (DirectoryNotFoundException) when (tries < PublishTriesMax)
            {
                ForgetWithParents(directory);   // pruned by a delete since it was settled
            }
        }

        Flush(directory, FlushReason.NewName);
        // Pruning forgets before it removes: a directory that was removed and created anew around the rename is not settled now.
        Settle(directory, create: true);
    }

    /// <summary>Removes a name durably, and the directories that became empty. False when there was none.</summary>
    internal bool Remove(string name)
    {
        var directory = ParentOf(name);
        if (!Settle(directory) || !files.DeleteFile(PathOf(name)))
            return false;
        FlushRemoval(directory);
        while (directory.Length > 0 && files.IsEmptyDirectory(PathOf(directory)))
        {
            _settled.TryRemove(directory, out _);
            if (!files.DeleteEmptyDirectory(PathOf(directory)))
                break;
            directory = ParentOf(directory);
        }

        return true;
    }

    private bool Settle(string directory, bool create)
    {
        if (_settled.ContainsKey(directory))
            return true;
        poison.ThrowIfPoisoned(DirectoryKey(directory));
        if (directory.Length > 0)
        {
            var parent = ParentOf(directory);
            if (!Settle(parent, create))
                return false;
            var created = create && files.CreateDirectory(PathOf(directory));
            if (!created && !files.DirectoryExists(PathOf(directory)))
                return false;
            // Also when it was there: another thread, or a process before this one, may have created it a moment ago.
            Flush(parent, FlushReason.NewDirectory);
            if (!created)
                Flush(directory, FlushReason.FoundDirectory);
        }
        else
        {
            Flush(directory, FlushReason.FoundDirectory);
        }

        if (_settled.Count >= SettledCountMax)
            _settled.Clear();
        _settled[directory] = true;
        return true;
    }

    private void FlushRemoval(string directory)
    {
        try
        {
            Flush(directory, FlushReason.RemovedName);
        }
        catch (DirectoryNotFoundException) when (directory.Length > 0)
        {
            FlushRemoval(ParentOf(directory));   // pruned by another delete: what is to be durable now is that
        }
    }

    private void Flush(string directory, FlushReason reason)
    {
        poison.ThrowIfPoisoned(DirectoryKey(directory));
        try
        {
            files.FlushDirectory(PathOf(directory), reason);
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            _settled.TryRemove(directory, out _);
            poison.Add(DirectoryKey(directory), e);
            throw;
        }
    }

    private void ForgetWithParents(string directory)
    {
        for (; directory.Length > 0; directory = ParentOf(directory))
            _settled.TryRemove(directory, out _);
    }

    /// <summary>A key that no blob name equals.</summary>
    private static string DirectoryKey(string directory) => directory + "/";
}
