namespace JadeVector.Tests.EndToEnd;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("jade-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
