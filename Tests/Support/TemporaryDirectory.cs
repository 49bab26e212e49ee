namespace JadeVector.Tests.Support;

/// <summary>A fresh directory that goes with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("jade-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
