namespace JadeVector.Datasets;

/// <summary>Reads the rows of a file, one after the other: vectors as float32, or row numbers where a file lists neighbours.</summary>
/// <remarks>A reader is opened by <see cref="RowSource.Open"/>, which goes by the file's name. A format says with <see cref="SetShape"/> what follows its header.</remarks>
public abstract class RowSource(Stream stream, string path) : IDisposable
{
    /// <summary>More is a damaged header, not a vector.</summary>
    private protected const int DimensionMax = 65_536;

    private ElementType _type;
    private byte[] _row = [];

    /// <summary>Components of every row.</summary>
    public int Dimension { get; private set; }

    /// <summary>Rows in the file; null where the format does not say.</summary>
    public long? Count { get; private set; }

    /// <summary>Rows read so far.</summary>
    public long Position { get; private set; }

    protected Stream Stream { get; } = stream;

    protected string Path { get; } = path;

    /// <summary>Opens a file by its name: IDX, <c>.fbin</c>, <c>.fvecs</c>, <c>.bvecs</c> or <c>.npy</c>, and for neighbours <c>.ibin</c> or <c>.ivecs</c>; each also with <c>.gz</c>.</summary>
    /// <exception cref="DatasetException">The file cannot be opened, or is not what its name says.</exception>
    public static RowSource Open(string path)
    {
        var name = DatasetFile.PlainName(path);
        var stream = DatasetFile.OpenRead(path);
        try
        {
            if (name.Contains("-idx", StringComparison.Ordinal) || name.Contains(".idx", StringComparison.Ordinal)) return new IdxRows(stream, path);
            return System.IO.Path.GetExtension(name) switch
            {
                ".fbin" => new BigAnnRows(stream, path, ElementType.Float32),
                ".ibin" => new BigAnnRows(stream, path, ElementType.Int32),
                ".fvecs" => new TexmexRows(stream, path, ElementType.Float32),
                ".bvecs" => new TexmexRows(stream, path, ElementType.Byte),
                ".ivecs" => new TexmexRows(stream, path, ElementType.Int32),
                ".npy" => new NpyRows(stream, path),
                _ => throw new DatasetException($"{path} is of no known kind: IDX, .fbin, .ibin, .fvecs, .bvecs, .ivecs or .npy."),
            };
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next row as a vector.</summary>
    /// <param name="row">Shape [<see cref="Dimension"/>].</param>
    /// <returns>False after the last row.</returns>
    /// <exception cref="DatasetException">The file ends inside a row.</exception>
    public bool Read(Span<float> row)
    {
        CheckLength(row.Length);
        if (!ReadBytes()) return false;
        Elements.ToFloats(_type, _row, row);
        return true;
    }

    /// <summary>Reads the next row as a list of row numbers.</summary>
    /// <param name="row">Shape [<see cref="Dimension"/>].</param>
    /// <returns>False after the last row.</returns>
    /// <exception cref="DatasetException">The file ends inside a row, or holds something that is no row number.</exception>
    public bool ReadRowNumbers(Span<int> row)
    {
        CheckLength(row.Length);
        if (!ReadBytes()) return false;
        return Elements.ToRowNumbers(_type, _row, row) ? true : throw Damaged($"its row {Position - 1} lists something that is no row number");
    }

    public void Dispose() => Stream.Dispose();

    /// <summary>Reads what precedes the next row.</summary>
    /// <returns>False where the file ends before it.</returns>
    private protected virtual bool StartRow() => true;

    private protected void SetShape(long? count, long dimension, ElementType type)
    {
        if (dimension is < 1 or > DimensionMax) throw Damaged($"its header says {dimension} components a row");
        if (count < 0) throw Damaged($"its header says {count} rows");
        (Count, Dimension, _type) = (count, (int)dimension, type);
        _row = new byte[Dimension * type.SizeBytes()];
    }

    private protected void ReadExactly(Span<byte> buffer) => DatasetFile.ReadExactly(Stream, buffer, Path);

    private protected DatasetException Damaged(string why) => new($"{Path} is damaged or of another kind: {why}.");

    private void CheckLength(int length)
    {
        if (length != Dimension) throw new ArgumentException($"Rows have {Dimension} components, not {length}.");
    }

    private bool ReadBytes()
    {
        if (Position == Count || !StartRow()) return false;
        ReadExactly(_row);
        Position++;
        return true;
    }
}
