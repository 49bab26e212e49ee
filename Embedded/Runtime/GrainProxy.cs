using System.Reflection;

namespace JadeVector.Embedded;

/// <summary>A grain as a call's target.</summary>
internal sealed record GrainReferenceTarget(GrainId GrainId, GrainClass Class);

/// <summary>A reference to a grain. The grain's interface is implemented by a derived class made at run time.</summary>
internal class GrainProxy : DispatchProxy
{
    private EmbeddedGrainHost _host = null!;
    private GrainReferenceTarget _target = null!;
    private GrainInterface _interface = null!;

    internal GrainId GrainId => _target.GrainId;

    public override bool Equals(object? obj) => obj is GrainProxy other && other._target.GrainId == GrainId && other._interface == _interface;

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => $"{_interface.Type.Name}:{GrainId}";

    internal static GrainProxy Create(EmbeddedGrainHost host, GrainInterface @interface, string key)
    {
        var proxy = (GrainProxy)Create(@interface.Type, typeof(GrainProxy));
        proxy._host = host;
        proxy._interface = @interface;
        proxy._target = new GrainReferenceTarget(GrainId.Create(@interface.Class.Kind, key), @interface.Class);
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        _host.Send(_interface.Methods[targetMethod!], _target, args ?? []);
}
