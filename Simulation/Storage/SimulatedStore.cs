using JadeVector.Engine.Blobs;
using JadeVector.Simulation.Faults;
using JadeVector.Simulation.World;

namespace JadeVector.Simulation.Storage;

/// <summary>The blob store of the world: what it holds, and what it is like at the moment.</summary>
internal sealed class SimulatedStore(SimulatedWorld world, StoreBreach breach) : IDisposable
{
    // As the Azure store; low, so that logs fill up within a run.
    private const int AppendCountMax = 60;

    private readonly List<BlobDamage> _damages = [];

    public SimulatedBlobs Blobs { get; } = new();

    /// <summary>Requests that have reached the store go on whatever becomes of their senders.</summary>
    public SimulatedProcess Process { get; } = new(world, "store");

    public TimeSpan OutUntil { get; set; }

    public TimeSpan ThrottlingUntil { get; set; }

    public TimeSpan FullUntil { get; set; }

    public bool TurnsAway(TimeSpan now) => OutUntil > now || (ThrottlingUntil > now && world.Chance.Next(10) < 8);

    public StoreWatcher Watcher { get; } = new();

    public PutResult Put(string name, byte[] content, PutCondition condition)
    {
        var result = Blobs.Put(name, content, breach == StoreBreach.IgnoreConditions ? PutCondition.None : condition);
        if (result.Done)
            Watcher.Put(name, content);
        return result;
    }

    /// <param name="name">Of the blob.</param>
    /// <param name="version">The only one that may go; null for any.</param>
    public bool Delete(string name, string? version = null)
    {
        var existed = Blobs.Delete(name, breach == StoreBreach.IgnoreConditions ? null : version);
        if (existed)
            Watcher.Delete(name);
        return existed;
    }

    public bool CreateImmutable(string name, byte[] content) => Blobs.CreateImmutable(name, content);

    public AppendResult Append(string name, byte[] bytes, long? expectedLength)
    {
        if (breach == StoreBreach.LoseAppends && world.Chance.Next(40) == 0)
            return new AppendResult(AppendStatus.Appended);
        var condition = breach == StoreBreach.IgnoreConditions ? null : expectedLength;
        var status = Blobs.Append(name, bytes, condition, AppendCountMax);
        if (breach == StoreBreach.RepeatAppends && world.Chance.Next(40) == 0)
            Blobs.Append(name, bytes, null, AppendCountMax);
        if (status == AppendStatus.Appended)
            Watcher.Append(bytes);
        return new AppendResult(status);
    }

    /// <summary>Lets come what befalls the store now and then.</summary>
    public void Strike(FaultMix faults)
    {
        if (faults.Strikes(FaultKind.Outage))
            OutUntil = Begin("is out", faults.Span(0.01, 10));
        if (faults.Strikes(FaultKind.Throttling))
            ThrottlingUntil = Begin("throttles", faults.Span(0.05, 20));
        if (faults.Strikes(FaultKind.FullDisk))
            FullUntil = Begin("is full", faults.Span(0.01, 10));
        if (faults.Strikes(FaultKind.FlippedBit) && !Damage(faults.Span(0.01, 5), FlipBit))
            faults.Missed(FaultKind.FlippedBit);
        if (faults.Strikes(FaultKind.TornBlob) && !Damage(faults.Span(0.01, 5), Tear))
            faults.Missed(FaultKind.TornBlob);
    }

    /// <summary>From now on it is well.</summary>
    public void Heal()
    {
        OutUntil = ThrottlingUntil = FullUntil = TimeSpan.Zero;
        foreach (var damage in _damages)
            damage.Mend();
        _damages.Clear();
    }

    public void Dispose() => Blobs.Dispose();

    private TimeSpan Begin(string what, TimeSpan time)
    {
        var until = world.Now + time;
        world.Note($"the store {what} until {until.TotalSeconds:F3}");
        return until;
    }

    /// <summary>Damages a blob and has it repaired later, so that the run can go on; meanwhile nothing wrong may be served.</summary>
    private bool Damage(TimeSpan time, Func<string, long, BlobDamage> damage)
    {
        // Grain states are JSON as Orleans' own provider writes it, without a checksum.
        var blobs = Blobs.List("")
            .Where(b => b.LengthBytes > 0 && !b.Name.EndsWith(".json", StringComparison.Ordinal) && !_damages.Exists(d => d.Name == b.Name))
            .ToArray();
        if (blobs.Length == 0)
            return false;
        var (name, length) = blobs[world.Chance.Next(blobs.Length)];
        var done = damage(name, length);
        _damages.Add(done);
        world.After(time, Process, "repair", () =>
        {
            if (_damages.Remove(done))
                done.Mend();
        });
        return true;
    }

    private BlobDamage FlipBit(string name, long length)
    {
        var (offset, bit) = (world.Chance.NextInt64(length), world.Chance.Next(8));
        world.Note($"bit {bit} of byte {offset} of {name} flips");
        return Blobs.FlipBit(name, (int)offset, bit);
    }

    private BlobDamage Tear(string name, long length)
    {
        var kept = world.Chance.NextInt64(Math.Max(0, length - 40), length);
        world.Note($"{name} is torn off at byte {kept} of {length}");
        return Blobs.Tear(name, (int)kept);
    }
}

/// <summary>A store that does not do what it must: runs on it must fail.</summary>
internal enum StoreBreach
{
    None,

    /// <summary>Some appends are acknowledged and not there.</summary>
    LoseAppends,

    /// <summary>Some appends happen twice.</summary>
    RepeatAppends,

    /// <summary>Expected lengths and If-Match are not looked at.</summary>
    IgnoreConditions,
}
