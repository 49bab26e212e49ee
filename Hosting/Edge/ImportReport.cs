using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>Counts what became of the lines, and remembers the first errors.</summary>
internal sealed class ImportReport(int errorsMax)
{
    private readonly List<ImportError> _errors = [];

    /// <summary>The first ones in order of line: errors of reading run ahead of errors of the write that is under way.</summary>
    public IEnumerable<ImportError> Errors => _errors.OrderBy(error => error.Line);

    public long Received { get; set; }

    public long Inserted { get; private set; }

    public long Updated { get; private set; }

    public long Failed { get; private set; }

    public long AcknowledgedLines { get; set; }

    public long Stored => Inserted + Updated;

    public ImportError? FirstError { get; private set; }

    public void Add(WriteStatus status)
    {
        if (status == WriteStatus.Created)
            Inserted++;
        else
            Updated++;
    }

    public void Fail(long line, string? id, string code, string detail)
    {
        Failed++;
        var error = new ImportError(line, id, code, detail);
        FirstError ??= error;
        if (_errors.Count < errorsMax)
            _errors.Add(error);
    }
}

/// <summary>A line that was not stored.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Error">The refusal's code.</param>
public sealed record ImportError(long Line, string? Id, string Error, string Message);
