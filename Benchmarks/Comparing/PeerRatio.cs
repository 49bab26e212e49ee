using JadeVector.Benchmarks.Measuring;

namespace JadeVector.Benchmarks.Comparing;

/// <summary>Our index against a peer at one recall: each with the fastest of its settings that reach it.</summary>
internal sealed record PeerRatio(double Recall, string Peer, double OurQps, double PeerQps)
{
    private static readonly double[] UsualRecalls = [0.9, 0.95, 0.99, 0.999];

    /// <summary>Our queries a second over the peer's.</summary>
    internal double Ratio => OurQps / PeerQps;

    /// <param name="recalls">Where to compare; empty compares at the usual ones.</param>
    /// <returns>One for every peer and recall that both reach.</returns>
    internal static IReadOnlyList<PeerRatio> Of(IReadOnlyList<SettingFigures> figures, string ours, IReadOnlyList<double> recalls)
    {
        var ratios = new List<PeerRatio>();
        foreach (var peer in figures.Select(line => line.Index).Where(name => name != ours).Distinct())
        {
            foreach (var recall in recalls.Count == 0 ? UsualRecalls : recalls)
            {
                if (Best(figures, ours, recall) is { } our && Best(figures, peer, recall) is { } their) ratios.Add(new PeerRatio(recall, peer, our, their));
            }
        }

        return ratios;
    }

    private static double? Best(IReadOnlyList<SettingFigures> figures, string index, double recall) =>
        figures.Where(line => line.Index == index && line.Recall >= recall).Max(line => (double?)line.Qps);
}
