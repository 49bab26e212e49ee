namespace JadeVector.Embedded;

internal abstract class Activation : IGrainContext
{
    public abstract GrainId GrainId { get; }

    public abstract object? GrainInstance { get; }

    public abstract IServiceProvider ActivationServices { get; }

    public abstract Task Deactivated { get; }

    public abstract void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);

    public abstract IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options);

    public abstract void DelayDeactivation(TimeSpan timeSpan);
}
