using System.Reflection;
using Orleans.Serialization.Invocation;

namespace JadeVector.Embedded;

/// <summary>Leads a call through the filters to the method.</summary>
internal sealed class IncomingCall(GrainCall call, Activation activation, Func<Task<object?>> body) : IIncomingGrainCallContext
{
    private readonly IIncomingGrainCallFilter[] _filters = activation.Filters;
    private int _stage;
    private bool _answered;
    private object? _result;

    public IInvokable Request => call;

    public object Grain => activation.GrainInstance!;

    public GrainId? SourceId => call.Source;

    public GrainId TargetId => activation.GrainId;

    public string InterfaceName => call.Method.InterfaceName;

    public string MethodName => call.Method.Method.Name;

    public MethodInfo InterfaceMethod => call.Method.Method;

    public IGrainContext TargetContext => activation;

    public MethodInfo ImplementationMethod
    {
        get
        {
            var map = Grain.GetType().GetInterfaceMap(InterfaceMethod.DeclaringType!);
            return map.TargetMethods[Array.IndexOf(map.InterfaceMethods, InterfaceMethod)];
        }
    }

    public object? Result
    {
        get => _result;
        set
        {
            _result = value;
            _answered = true;
        }
    }

    public async Task Invoke()
    {
        var stage = _stage++;
        try
        {
            var filter = stage < _filters.Length ? _filters[stage]
                : stage == _filters.Length && Grain is IIncomingGrainCallFilter own ? own
                : null;
            if (filter is null)
            {
                Result = await body();
                return;
            }

            if (ReferenceEquals(filter, Grain))
                _stage = _filters.Length + 1;
            await filter.Invoke(this);
            if (!_answered)
                throw new InvalidOperationException($"The call filter {filter.GetType()} neither went on nor set a result.");
        }
        finally
        {
            _stage = stage;
        }
    }
}
