using System.Diagnostics.CodeAnalysis;

namespace JadeVector.Embedded;

/// <summary>Copies the values of one run-time type.</summary>
internal abstract class TypeCopier
{
    public static readonly TypeCopier SharedInstance = new SharedCopier();

    /// <summary>Values of this type are handed over as they are.</summary>
    public virtual bool IsShared => false;

    /// <summary>A new object of the same type; <see cref="Fill"/> gives it its content.</summary>
    public abstract object Allocate(object source);

    public abstract void Fill(object source, object target, ref CopyContext context);

    private sealed class SharedCopier : TypeCopier
    {
        public override bool IsShared => true;

        [ExcludeFromCodeCoverage]
        public override object Allocate(object source) => source;

        [ExcludeFromCodeCoverage]
        public override void Fill(object source, object target, ref CopyContext context)
        {
        }
    }
}

/// <summary>One copy of an object graph: an object that occurs twice is copied once.</summary>
internal struct CopyContext
{
    private object? _first;
    private object? _firstCopy;
    private Dictionary<object, object>? _copies;

    public object Copy(TypeCopier copier, object source)
    {
        var tracked = !source.GetType().IsValueType;
        if (tracked && TryGet(source, out var known))
            return known;
        var target = copier.Allocate(source);
        if (tracked)
            Add(source, target);
        copier.Fill(source, target, ref this);
        return target;
    }

    private readonly bool TryGet(object source, [NotNullWhen(true)] out object? copy)
    {
        if (ReferenceEquals(source, _first))
        {
            copy = _firstCopy!;
            return true;
        }

        copy = null;
        return _copies is not null && _copies.TryGetValue(source, out copy);
    }

    private void Add(object source, object target)
    {
        if (_first is null)
        {
            _first = source;
            _firstCopy = target;
            return;
        }

        _copies ??= new Dictionary<object, object>(ReferenceEqualityComparer.Instance);
        _copies.Add(source, target);
    }
}
