using System.IO.Compression;

namespace JadeVector.Datasets;

/// <summary>A file of a dataset, gzip-compressed where its name ends in <c>.gz</c>.</summary>
public static class DatasetFile
{
    private const int BufferBytes = 1 << 20;

    /// <exception cref="DatasetException">The file cannot be opened.</exception>
    public static Stream OpenRead(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.SequentialScan);
            return IsCompressed(path) ? new BufferedStream(new GZipStream(file, CompressionMode.Decompress), BufferBytes) : file;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>The name without <c>.gz</c>.</summary>
    public static string PlainName(string path)
    {
        var name = Path.GetFileName(path);
        return IsCompressed(name) ? name[..^3] : name;
    }

    /// <summary>Fills the buffer, or says that the file ends too early.</summary>
    internal static void ReadExactly(Stream stream, Span<byte> buffer, string path)
    {
        try
        {
            stream.ReadExactly(buffer);
        }
        catch (EndOfStreamException)
        {
            throw new DatasetException($"{path} ends too early.");
        }
        catch (InvalidDataException damaged)
        {
            throw new DatasetException($"{path} is not a whole gzip file: {damaged.Message}", damaged);
        }
    }

    private static bool IsCompressed(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
}
