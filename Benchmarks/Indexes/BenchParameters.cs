using System.Globalization;

namespace JadeVector.Benchmarks.Indexes;

/// <summary>The <c>name=value</c> pairs of the command line. Each kind of index takes those that it knows; one that nobody took is refused.</summary>
public sealed class BenchParameters
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="BenchException">A pair has no '=', or comes twice.</exception>
    public BenchParameters(IEnumerable<string> pairs)
    {
        foreach (var pair in pairs)
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } name, var value]) throw new BenchException($"--param takes name=value, not '{pair}'.");
            if (!_values.TryAdd(name, value)) throw new BenchException($"The parameter {name} is given twice.");
        }
    }

    /// <summary>A whole number in a range.</summary>
    /// <exception cref="BenchException">It is none, or out of range.</exception>
    public int Number(string name, int min, int max, int whenAbsent) =>
        Take(name) is { } text ? Parse(name, text, min, max) : whenAbsent;

    /// <summary>One of a few words.</summary>
    /// <exception cref="BenchException">It is another.</exception>
    public string Word(string name, string[] words, string whenAbsent)
    {
        if (Take(name) is not { } text) return whenAbsent;
        return words.Contains(text) ? text : throw new BenchException($"{name} is one of {string.Join(", ", words)}, not '{text}'.");
    }

    /// <summary>The knob, with the values to sweep over if they are given: <c>name=16,32,64</c>.</summary>
    public Knob Sweep(string name, int min, int max, IReadOnlyList<int> whenAbsent) =>
        new(name, min, max, Take(name) is { } text ? [.. text.Split(',').Select(value => Parse(name, value, min, max)).Order()] : [.. whenAbsent.Where(value => value >= min && value <= max)]);

    /// <exception cref="BenchException">A pair was given that nobody took; the message names those that exist.</exception>
    public void RefuseUnknown(string index)
    {
        if (_values.Keys.FirstOrDefault(name => !_known.Contains(name)) is { } unknown)
            throw new BenchException($"The index {index} has no parameter {unknown}; it has {(_known.Count == 0 ? "none" : string.Join(", ", _known.Order(StringComparer.OrdinalIgnoreCase)))}.");
    }

    private string? Take(string name)
    {
        _known.Add(name);
        return _values.GetValueOrDefault(name);
    }

    private static int Parse(string name, string text, int min, int max) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new BenchException($"{name} is a number from {min} to {max}, not '{text}'.");
}
