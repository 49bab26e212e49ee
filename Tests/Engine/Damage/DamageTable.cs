using System.Text;
using JadeVector.Tests.Architecture;
using Xunit;

namespace JadeVector.Tests.Engine.Damage;

/// <summary>Where a bit is flipped.</summary>
/// <param name="Kind">Of the blob.</param>
/// <param name="Class">Of the position in it.</param>
internal sealed record DamagedPlace(string Kind, string Class, string Blob, long Offset)
{
    public int Bit => (int)(Offset % 8);

    public override string ToString() => $"{Class} of {Blob}, byte {Offset}";
}

/// <summary>What was seen for each class of position of each kind of blob, as the table that docs/damage.md shows.</summary>
internal sealed class DamageTable
{
    private readonly Dictionary<(string Kind, string Class), (SortedSet<string> Repairs, SortedSet<string> Answers)> _rows = [];
    private readonly List<(string Kind, string Class)> _order = [];

    /// <param name="repair">What the report says can be done.</param>
    /// <param name="answer">What those who read meanwhile got.</param>
    public void Add(DamagedPlace place, string repair, string answer)
    {
        var key = (place.Kind, place.Class);
        if (!_rows.TryGetValue(key, out var row))
        {
            row = ([], []);
            _rows.Add(key, row);
            _order.Add(key);
        }

        row.Repairs.Add(repair);
        row.Answers.Add(answer);
    }

    /// <summary>Compares with the page; JADE_UPDATE_BASELINES=1 writes it anew.</summary>
    public void Check(string heading)
    {
        var text = new StringBuilder(heading);
        text.Append("| blob | flipped bit in | found and reported | repair | answers meanwhile |\n|---|---|---|---|---|\n");
        foreach (var key in _order)
            text.Append($"| {key.Kind} | {key.Class} | yes | {string.Join(", or ", _rows[key].Repairs)} | {string.Join(", or ", _rows[key].Answers)} |\n");
        var path = Path.Combine(Repository.Root, "docs", "damage.md");
        if (Environment.GetEnvironmentVariable("JADE_UPDATE_BASELINES") == "1")
            File.WriteAllText(path, text.ToString());
        Assert.True(File.Exists(path) && File.ReadAllText(path) == text.ToString(), $"docs/damage.md is not what was seen. JADE_UPDATE_BASELINES=1 rewrites it.\n{text}");
    }
}
