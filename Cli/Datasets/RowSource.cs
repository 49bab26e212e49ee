namespace JadeVector.Cli.Datasets;

/// <summary>Reads the vectors of a file, one after the other, as float32.</summary>
/// <remarks>A reader is opened by <see cref="RowSource.Open"/>, which goes by the file's name.</remarks>
public abstract class RowSource(Stream stream, string path) : IDisposable
{
    /// <summary>More is a damaged header, not a vector.</summary>
    private protected const int DimensionMax = 65_536;

    /// <summary>Components of every row.</summary>
    public int Dimension { get; private protected set; }

    /// <summary>Rows in the file; null where the format does not say.</summary>
    public long? Count { get; private protected set; }

    /// <summary>Rows read so far.</summary>
    public long Position { get; private set; }

    protected Stream Stream { get; } = stream;

    protected string Path { get; } = path;

    /// <summary>Opens a file of vectors: IDX, <c>.fbin</c>, <c>.fvecs</c> or <c>.npy</c>, each also with <c>.gz</c>.</summary>
    /// <exception cref="CliException">The file cannot be opened, or is not what its name says.</exception>
    public static RowSource Open(string path)
    {
        var name = DatasetFile.PlainName(path);
        var stream = DatasetFile.OpenRead(path);
        try
        {
            if (name.Contains("-idx", StringComparison.Ordinal) || name.Contains(".idx", StringComparison.Ordinal)) return new IdxRows(stream, path);
            return System.IO.Path.GetExtension(name) switch
            {
                ".fbin" => new FbinRows(stream, path),
                ".fvecs" => new FvecsRows(stream, path),
                ".npy" => new NpyRows(stream, path),
                _ => throw new CliException($"{path} is of no known kind: IDX, .fbin, .fvecs or .npy."),
            };
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next row.</summary>
    /// <param name="row">Shape [<see cref="Dimension"/>].</param>
    /// <returns>False after the last row.</returns>
    /// <exception cref="CliException">The file ends inside a row.</exception>
    public bool Read(Span<float> row)
    {
        if (row.Length != Dimension) throw new ArgumentException($"Rows have {Dimension} components, not {row.Length}.", nameof(row));
        if (Position == Count || !ReadRow(row)) return false;
        Position++;
        return true;
    }

    public void Dispose() => Stream.Dispose();

    private protected abstract bool ReadRow(Span<float> row);

    private protected void SetShape(long? count, long dimension)
    {
        if (dimension is < 1 or > DimensionMax) throw Damaged($"its header says {dimension} components a row");
        if (count < 0) throw Damaged($"its header says {count} rows");
        (Count, Dimension) = (count, (int)dimension);
    }

    private protected void ReadExactly(Span<byte> buffer) => DatasetFile.ReadExactly(Stream, buffer, Path);

    private protected CliException Damaged(string why) => new($"{Path} is damaged or of another kind: {why}.");
}
