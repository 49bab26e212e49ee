namespace JadeVector.Simulation.Faults;

/// <summary>
/// Which faults a run has and how often: some seeds have one kind, others all, so that rare combinations come up as well as pure ones
/// (swarm testing: Groce, Zhang, Eide, Chen, Regehr, ISSTA 2012).
/// </summary>
internal sealed class FaultMix
{
    // Chance per decision of the world for what befalls nodes and the store; chance per request for what befalls requests.
    private static readonly (FaultKind Kind, double Usual)[] Usual =
    [
        (FaultKind.Crash, 1 / 1500.0),
        (FaultKind.Restart, 1 / 3000.0),
        (FaultKind.Pause, 1 / 2000.0),
        (FaultKind.ClockJump, 1 / 1500.0),
        (FaultKind.DoubleActivation, 1 / 800.0),
        (FaultKind.SlowMessage, 1 / 150.0),
        (FaultKind.CutOff, 1 / 2500.0),
        (FaultKind.Outage, 1 / 5000.0),
        (FaultKind.Throttling, 1 / 4000.0),
        (FaultKind.FullDisk, 1 / 5000.0),
        (FaultKind.FlippedBit, 1 / 3000.0),
        (FaultKind.TornBlob, 1 / 5000.0),
        (FaultKind.FailedRequest, 1 / 60.0),
        (FaultKind.LostRequest, 1 / 200.0),
        (FaultKind.LateEffect, 1 / 150.0),
        (FaultKind.LostAnswer, 1 / 80.0),
        (FaultKind.LateAnswer, 1 / 80.0),
    ];

    private const int Often = 10;

    private readonly Random _chance;
    private readonly double[] _rates = new double[Usual.Length];
    private readonly long[] _counts = new long[Usual.Length];

    /// <param name="chance">Draws the mix, and then each fault.</param>
    /// <param name="without">Kinds that this run does not have, whatever the seed says.</param>
    /// <param name="often">A kind that this run has many times over.</param>
    public FaultMix(Random chance, IReadOnlySet<FaultKind> without, FaultKind? often = null)
    {
        _chance = chance;
        var share = chance.NextDouble();
        foreach (var (kind, usual) in Usual)
        {
            var isOn = chance.NextDouble() < share;
            var rate = usual * Math.Pow(2, (chance.NextDouble() * 4) - 2);
            _rates[(int)kind] = kind == often ? Often * usual : isOn && !without.Contains(kind) ? rate : 0;
        }
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public bool IsOver { get; set; }

    public IReadOnlyList<long> Counts => _counts;

    public IEnumerable<FaultKind> Kinds => Enum.GetValues<FaultKind>().Where(kind => _rates[(int)kind] > 0);

    /// <summary>Whether it happens now; when it does it is counted.</summary>
    public bool Strikes(FaultKind kind)
    {
        if (IsOver || _rates[(int)kind] == 0 || _chance.NextDouble() >= _rates[(int)kind])
            return false;
        _counts[(int)kind]++;
        return true;
    }

    /// <summary>It was drawn and there was nothing for it to befall.</summary>
    public void Missed(FaultKind kind) => _counts[(int)kind]--;

    /// <summary>A time between the two, short ones as likely as long ones.</summary>
    public TimeSpan Span(double secondsMin, double secondsMax) =>
        TimeSpan.FromSeconds(secondsMin * Math.Pow(secondsMax / secondsMin, _chance.NextDouble()));
}
