namespace JadeVector.Tests.HostConformance;

/// <summary>Marks the gates <c>{key} 1</c>, <c>{key} 2</c> … at the ticks of its reminder, over all its activations.</summary>
[Alias("probe.IReminderGrain")]
public interface IReminderGrain : IGrainWithStringKey
{
    [Alias("Register")]
    Task Register(TimeSpan dueTime, TimeSpan period);

    [Alias("IsRegistered")]
    Task<bool> IsRegistered();

    [Alias("Unregister")]
    Task Unregister();

    /// <summary>Unregisters with what the first registration of this activation gave.</summary>
    [Alias("UnregisterFirst")]
    Task UnregisterFirst();

    /// <summary>The next tick throws.</summary>
    [Alias("FailOnce")]
    Task FailOnce();

    [Alias("End")]
    Task End();
}

public sealed class ReminderProbeGrain : Grain, IReminderGrain, IRemindable
{
    private const string Name = "probe reminder";

    private IGrainReminder? _first;
    private bool _fails;

    private string Key => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Traces.Add(Key + " activations", "");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Gate.Of(Key + " deactivated").Mark();
        return Task.CompletedTask;
    }

    public async Task Register(TimeSpan dueTime, TimeSpan period)
    {
        var reminder = await this.RegisterOrUpdateReminder(Name, dueTime, period);
        if (reminder.ReminderName != Name)
            throw new InvalidOperationException($"The reminder is called {reminder.ReminderName}.");
        _first ??= reminder;
    }

    public async Task<bool> IsRegistered() => await this.GetReminder(Name) is not null;

    public async Task Unregister()
    {
        if (await this.GetReminder(Name) is { } reminder)
            await this.UnregisterReminder(reminder);
    }

    public Task UnregisterFirst() => this.UnregisterReminder(_first!);

    public Task FailOnce()
    {
        _fails = true;
        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        Traces.Add(Key, $"{reminderName} {status.FirstTickTime:HH:mm:ss} {status.CurrentTickTime:HH:mm:ss} {status.Period}");
        if (status.CurrentTickTime < status.FirstTickTime)
            throw new InvalidOperationException($"A tick came too early: {status}.");
        Gate.Of($"{Key} {Traces.Of(Key).Length}").Mark();
        Gate.Of($"{Key} in activation {Traces.Of(Key + " activations").Length}").Mark();
        if (!_fails)
            return Task.CompletedTask;
        _fails = false;
        throw new InvalidOperationException("This tick fails.");
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
