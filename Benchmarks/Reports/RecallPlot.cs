using System.Globalization;
using System.Text;
using System.Web;
using JadeVector.Benchmarks.Measuring;

namespace JadeVector.Benchmarks.Reports;

/// <summary>Queries a second over recall, as SVG. Both axes are logarithmic: recall in nines, since the step from .99 to .999 costs about what that from .9 to .99 does.</summary>
internal static class RecallPlot
{
    private const int Width = 760, Height = 480, Left = 80, Right = 170, Top = 40, Bottom = 56;

    private static readonly double[] RecallTicks = [0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999];
    private static readonly string[] Colours = ["#00695c", "#c62828", "#1565c0", "#ef6c00", "#6a1b9a", "#558b2f"];

    internal static string Draw(IReadOnlyList<SettingFigures> figures, string title)
    {
        if (figures.Count == 0) throw new BenchException("There is nothing to plot.");
        var nines = (Min: figures.Min(line => Nines(line.Recall)), Max: figures.Max(line => Nines(line.Recall)));
        nines = (Math.Floor(nines.Min * 4) / 4, Math.Max(Math.Ceiling(nines.Max * 4) / 4, nines.Min + 0.5));
        var speed = (Min: Math.Floor(figures.Min(line => Speed(line.Qps))), Max: Math.Ceiling(figures.Max(line => Speed(line.Qps)) + 1e-9));
        double X(double recall) => Left + ((Nines(recall) - nines.Min) / (nines.Max - nines.Min) * (Width - Left - Right));
        double Y(double qps) => Height - Bottom - ((Speed(qps) - speed.Min) / (speed.Max - speed.Min) * (Height - Top - Bottom));

        var svg = new StringBuilder();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect width="{Width}" height="{Height}" fill="white"/><text x="{Left}" y="22" font-size="15">{HttpUtility.HtmlEncode(title)}</text>""");
        foreach (var recall in RecallTicks.Where(recall => Nines(recall) >= nines.Min && Nines(recall) <= nines.Max))
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{X(recall):0.0} {Top}V{Height - Bottom}" stroke="#ddd"/><text x="{X(recall):0.0}" y="{Height - Bottom + 18}" text-anchor="middle">{recall}</text>""");
        foreach (var qps in SpeedTicks(speed.Min, speed.Max))
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<path d="M{Left} {Y(qps):0.0}H{Width - Right}" stroke="#ddd"/><text x="{Left - 8}" y="{Y(qps) + 4:0.0}" text-anchor="end">{qps:#,##0.##}</text>""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{(Left + Width - Right) / 2}" y="{Height - 12}" text-anchor="middle">recall</text><text transform="translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)" text-anchor="middle">queries a second</text>""");
        var series = figures.GroupBy(line => line.Index).ToList();
        for (var number = 0; number < series.Count; number++) AddSeries(svg, series[number], number, X, Y);
        return svg.AppendLine("</svg>").ToString();
    }

    private static void AddSeries(StringBuilder svg, IGrouping<string, SettingFigures> series, int number, Func<double, double> x, Func<double, double> y)
    {
        var colour = Colours[number % Colours.Length];
        var points = series.OrderBy(line => line.Recall).ThenByDescending(line => line.Qps).Select(line => (X: x(line.Recall), Y: y(line.Qps), Line: line)).ToList();
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<polyline fill="none" stroke="{colour}" stroke-width="2" points="{string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.0},{point.Y:0.0}")))}"/>""");
        foreach (var point in points)
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<circle cx="{point.X:0.0}" cy="{point.Y:0.0}" r="3.5" fill="{colour}"><title>recall {point.Line.Recall:0.0000}, {point.Line.Qps:#,##0} queries/s</title></circle>""");
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect x="{Width - Right + 16}" y="{Top + (number * 20)}" width="12" height="12" fill="{colour}"/><text x="{Width - Right + 34}" y="{Top + (number * 20) + 11}">{HttpUtility.HtmlEncode(series.Key)}</text>""");
    }

    /// <summary>0 for none found, 1 for 0.9, 2 for 0.99; a perfect recall counts as 0.99999.</summary>
    private static double Nines(double recall) => -Math.Log10(1 - Math.Min(recall, 0.99999));

    private static double Speed(double qps) => Math.Log10(Math.Max(qps, 0.01));

    private static IEnumerable<double> SpeedTicks(double min, double max)
    {
        for (var decade = min; decade <= max; decade++)
        {
            foreach (var part in new[] { 1, 2, 5 })
            {
                if (Math.Log10(part) + decade <= max) yield return part * Math.Pow(10, decade);
            }
        }
    }
}
