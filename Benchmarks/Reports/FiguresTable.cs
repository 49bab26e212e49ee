using System.Globalization;
using System.Text;
using JadeVector.Benchmarks.Comparing;
using JadeVector.Benchmarks.Measuring;

namespace JadeVector.Benchmarks.Reports;

/// <summary>The figures as tables in Markdown, to be read at the terminal and pasted into a page.</summary>
internal static class FiguresTable
{
    internal static string Of(IReadOnlyList<SettingFigures> figures) => Draw(
        ["index", "parameters", "build s", "MB", "recall", "queries/s", "p50 µs", "p99 µs"],
        [.. figures.Select(line => new[]
        {
            line.Index,
            string.Join(' ', line.Params.Select(pair => $"{pair.Key}={pair.Value}")),
            Text(line.BuildSeconds, "0.0"),
            Text(line.BytesInMemory / 1e6, "0.0"),
            Text(line.Recall, "0.0000"),
            Text(line.Qps, "#,##0"),
            Text(line.P50Microseconds, "#,##0"),
            Text(line.P99Microseconds, "#,##0"),
        })]);

    internal static string Of(IReadOnlyList<PeerRatio> ratios) => ratios.Count == 0 ? "" : Environment.NewLine + Draw(
        ["recall", "peer", "ours, queries/s", "peer's", "ratio"],
        [.. ratios.Select(ratio => new[]
        {
            Text(ratio.Recall, "0.####"),
            ratio.Peer,
            Text(ratio.OurQps, "#,##0"),
            Text(ratio.PeerQps, "#,##0"),
            Text(ratio.Ratio, "0.00"),
        })]);

    private static string Draw(string[] titles, string[][] rows)
    {
        var widths = titles.Select((title, column) => rows.Select(row => row[column].Length).Append(title.Length).Max()).ToArray();
        var table = new StringBuilder();
        foreach (var row in new[] { titles, [.. widths.Select(width => new string('-', width))], }.Concat(rows))
            table.Append("| ").AppendJoin(" | ", row.Select((cell, column) => cell.PadRight(widths[column]))).AppendLine(" |");
        return table.ToString();
    }

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
