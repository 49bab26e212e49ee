namespace JadeVector.Embedded;

/// <summary>All reminders of this host, key 0.</summary>
internal interface IReminderTable : IGrainWithIntegerKey
{
    /// <summary>Ticks go out from when this returns.</summary>
    Task Wake();

    /// <summary>Adds a reminder, or replaces the one of that name.</summary>
    /// <returns>The version that it has from now on.</returns>
    Task<long> Put(GrainId grain, string name, TimeSpan dueTime, TimeSpan period);

    /// <returns>The reminder's version, or null when there is none.</returns>
    Task<long?> Find(GrainId grain, string name);

    /// <exception cref="ReminderException">There is one, of another version.</exception>
    Task Remove(GrainId grain, string name, long version);
}

/// <summary>
/// Keeps reminders in one state of the host's grain storage, and a timer for each. The host wakes it when it starts and now and then, so that it
/// comes back after a failure. A tick goes out at <c>first + n × period</c>; those that fell due while no process ran are not made up for.
/// </summary>
/// <remarks>Calls wait for each other, since each may write the state; ticks interleave with them, and the grain that gets one may call back.</remarks>
[KeepAlive]
[GrainType("reminders")]
internal sealed class ReminderGrain : Grain, IReminderTable
{
    private readonly EmbeddedGrainHost _host;
    private readonly PersistentState<RemindersRecord> _state;
    private readonly Dictionary<(string Grain, string Name), IGrainTimer> _timers = [];

    public ReminderGrain(IGrainContext context, EmbeddedGrainHost host)
        : base(context)
    {
        _host = host;
        var storage = host.Options.ReminderStorage
            ?? throw new OrleansException($"Reminders need a storage: {nameof(EmbeddedGrainOptions)}.{nameof(EmbeddedGrainOptions.ReminderStorage)}.");
        var activation = (Activation)context;
        _state = new PersistentState<RemindersRecord>(activation, "reminders", storage);
        activation.AddState(_state);
    }

    private List<ReminderRecord> Reminders => _state.State.Reminders;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var reminder in Reminders)
            Start(reminder);
        return Task.CompletedTask;
    }

    public Task Wake() => Task.CompletedTask;

    public async Task<long> Put(GrainId grain, string name, TimeSpan dueTime, TimeSpan period)
    {
        var reminder = new ReminderRecord(grain.Type.ToString()!, grain.Key.ToString()!, name, _host.Clock.GetUtcNow() + dueTime, period, ++_state.State.LastVersion);
        Reminders.RemoveAll(each => each.Is(grain, name));
        Reminders.Add(reminder);
        await Write();
        Stop(reminder);
        Start(reminder);
        return reminder.Version;
    }

    public Task<long?> Find(GrainId grain, string name) => Task.FromResult(Reminders.Find(each => each.Is(grain, name))?.Version);

    public async Task Remove(GrainId grain, string name, long version)
    {
        if (Reminders.Find(each => each.Is(grain, name)) is not { } reminder)
            return;
        if (reminder.Version != version)
            throw new ReminderException($"The reminder '{name}' of {grain} was registered again since version {version}.");
        Reminders.Remove(reminder);
        await Write();
        Stop(reminder);
    }

    private async Task Write()
    {
        try
        {
            await _state.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle(); // what the storage holds is not known: the next activation reads it
            throw;
        }
    }

    private void Start(ReminderRecord reminder)
    {
        IGrainTimer? timer = null;
        var due = TickAfter(reminder, _host.Clock.GetUtcNow() - TimeSpan.FromTicks(1));
        timer = this.RegisterGrainTimer(
            async () =>
            {
                var now = _host.Clock.GetUtcNow();
                if (now < due)
                {
                    timer!.Change(Until(due), Timeout.InfiniteTimeSpan); // timers and the clock do not agree to the millisecond
                    return;
                }

                try
                {
                    await _host.GetRemindable(reminder.Grain).ReceiveReminder(reminder.Name, new TickStatus(reminder.FirstAt.UtcDateTime, reminder.Period, now.UtcDateTime));
                }
                finally
                {
                    due = TickAfter(reminder, _host.Clock.GetUtcNow());
                    timer!.Change(Until(due), Timeout.InfiniteTimeSpan);
                }
            },
            new GrainTimerCreationOptions(Until(due), Timeout.InfiniteTimeSpan) { Interleave = true, KeepAlive = true });
        _timers[reminder.Id] = timer;
    }

    private void Stop(ReminderRecord reminder)
    {
        if (_timers.Remove(reminder.Id, out var timer))
            timer.Dispose();
    }

    /// <summary>When the first tick is due that is later than that time.</summary>
    private static DateTimeOffset TickAfter(ReminderRecord reminder, DateTimeOffset time)
    {
        var ticks = time < reminder.FirstAt ? 0 : ((time - reminder.FirstAt).Ticks / reminder.Period.Ticks) + 1;
        return reminder.FirstAt + TimeSpan.FromTicks(ticks * reminder.Period.Ticks);
    }

    /// <summary>From now to that time, in whole milliseconds, up: timers leave fractions off, and would come too early.</summary>
    private TimeSpan Until(DateTimeOffset due) => TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((due - _host.Clock.GetUtcNow()).TotalMilliseconds)));
}

/// <summary>What the reminder grain keeps.</summary>
internal sealed class RemindersRecord
{
    public List<ReminderRecord> Reminders { get; set; } = [];

    /// <summary>One more with every registration.</summary>
    public long LastVersion { get; set; }
}

internal sealed record ReminderRecord(string GrainType, string GrainKey, string Name, DateTimeOffset FirstAt, TimeSpan Period, long Version)
{
    internal GrainId Grain => GrainId.Create(GrainType, GrainKey);

    internal (string Grain, string Name) Id => (Grain.ToString(), Name);

    public bool Is(GrainId grain, string name) => Grain == grain && Name == name;
}

/// <summary>A reminder in the hands of its grain.</summary>
internal sealed record GrainReminder(string ReminderName, long Version) : IGrainReminder;
