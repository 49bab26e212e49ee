namespace JadeVector.Cli.Nodes;

/// <summary>A directory that goes when we are done, unless it is to be looked at.</summary>
internal sealed class TemporaryDirectory(string prefix) : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory(prefix).FullName;

    /// <summary>Leave it where it is.</summary>
    internal bool IsKept { get; set; }

    public void Dispose()
    {
        if (!IsKept) Directory.Delete(Path, recursive: true);
    }
}
