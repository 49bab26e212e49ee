namespace JadeVector.Engine.Blobs.Local;

/// <summary>Another process has the store open.</summary>
public sealed class StoreLockedException(string lockPath, string holder)
    : IOException($"The data directory is in use by {(holder.Length > 0 ? holder : "another process")}: it holds the lock '{lockPath}'. Stop that process, or use another directory.")
{
    public string LockPath { get; } = lockPath;

    /// <summary>What the holder wrote about itself, such as "process 4711"; empty when it had not yet.</summary>
    public string Holder { get; } = holder;
}
