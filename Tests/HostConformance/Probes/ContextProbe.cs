namespace JadeVector.Tests.HostConformance;

[Alias("probe.IContextGrain")]
public interface IContextGrain : IGrainWithStringKey
{
    [Alias("Get")]
    Task<string?> Get(string key);

    /// <summary>What the next grain sees of it.</summary>
    [Alias("GetThrough")]
    Task<string?> GetThrough(string key, string other);

    [Alias("Set")]
    Task Set(string key, string value);

    /// <summary>What the caller keeps in <see cref="Ambient"/>.</summary>
    [Alias("Ambient")]
    Task<string?> AmbientValue();

    /// <summary>Goes through filters that write to the trace of this name.</summary>
    [Alias("Traced")]
    Task<string> Traced(string trace);
}

/// <summary>A value in the flow of control.</summary>
public static class Ambient
{
    public static AsyncLocal<string?> Value { get; } = new();
}

public sealed class ContextGrain : Grain, IContextGrain, IIncomingGrainCallFilter
{
    public Task<string?> Get(string key) => Task.FromResult(RequestContext.Get(key) as string);

    public Task<string?> GetThrough(string key, string other) => GrainFactory.GetGrain<IContextGrain>(other).Get(key);

    public Task Set(string key, string value)
    {
        RequestContext.Set(key, value);
        return Task.CompletedTask;
    }

    public Task<string?> AmbientValue() => Task.FromResult(Ambient.Value.Value);

    public Task<string> Traced(string trace)
    {
        Traces.Add(trace, "method");
        return trace == "fail" ? throw new ProbeException("refused", "fail") : Task.FromResult("answer");
    }

    public Task Invoke(IIncomingGrainCallContext context) => TracingFilter.RunAsync("grain", context);
}

/// <summary>Writes to the trace that the first argument names, for <see cref="IContextGrain.Traced"/> only.</summary>
public sealed class TracingFilter(string name) : IIncomingGrainCallFilter
{
    public static async Task RunAsync(string name, IIncomingGrainCallContext context)
    {
        if (context.MethodName != nameof(IContextGrain.Traced))
        {
            await context.Invoke();
            return;
        }

        var trace = (string)context.Request.GetArgument(0)!;
        var about = $"{context.InterfaceMethod.Name} {context.ImplementationMethod.DeclaringType!.Name} {context.Grain.GetType().Name}";
        Traces.Add(trace, $"{name} before {context.TargetId} {about}");
        try
        {
            await context.Invoke();
            context.Result += $" {name}";
        }
        catch (ProbeException)
        {
            Traces.Add(trace, $"{name} saw the exception");
            throw;
        }

        Traces.Add(trace, $"{name} after");
    }

    public Task Invoke(IIncomingGrainCallContext context) => RunAsync(name, context);
}
