namespace JadeVector.Embedded;

internal sealed class ArrayCopier<T> : TypeCopier
{
    public override object Allocate(object source) => new T[((T[])source).Length];

    public override void Fill(object source, object target, ref CopyContext context)
    {
        var from = (T[])source;
        var to = (T[])target;
        if (typeof(T).IsPrimitive || typeof(T) == typeof(string))
        {
            from.CopyTo(to, 0);
            return;
        }

        for (var i = 0; i < from.Length; i++)
            to[i] = Copiers.Copy(from[i], ref context);
    }
}

internal sealed class ListCopier<T> : TypeCopier
{
    public override object Allocate(object source) => new List<T>(((List<T>)source).Count);

    public override void Fill(object source, object target, ref CopyContext context)
    {
        var to = (List<T>)target;
        foreach (var item in (List<T>)source)
            to.Add(Copiers.Copy(item, ref context));
    }
}

internal sealed class HashSetCopier<T> : TypeCopier
{
    public override object Allocate(object source) => new HashSet<T>(((HashSet<T>)source).Count, ((HashSet<T>)source).Comparer);

    public override void Fill(object source, object target, ref CopyContext context)
    {
        var to = (HashSet<T>)target;
        foreach (var item in (HashSet<T>)source)
            to.Add(Copiers.Copy(item, ref context));
    }
}

internal sealed class DictionaryCopier<TKey, TValue> : TypeCopier
    where TKey : notnull
{
    public override object Allocate(object source) =>
        new Dictionary<TKey, TValue>(((Dictionary<TKey, TValue>)source).Count, ((Dictionary<TKey, TValue>)source).Comparer);

    public override void Fill(object source, object target, ref CopyContext context)
    {
        var to = (Dictionary<TKey, TValue>)target;
        foreach (var (key, value) in (Dictionary<TKey, TValue>)source)
            to.Add(Copiers.Copy(key, ref context), Copiers.Copy(value, ref context));
    }
}

/// <summary>Any sequence, as a list.</summary>
internal sealed class SequenceCopier<T> : TypeCopier
{
    public override object Allocate(object source) => new List<T>();

    public override void Fill(object source, object target, ref CopyContext context)
    {
        var to = (List<T>)target;
        foreach (var item in (IEnumerable<T>)source)
            to.Add(Copiers.Copy(item, ref context));
    }
}

/// <summary>Any map, as a dictionary.</summary>
internal sealed class PairsCopier<TKey, TValue> : TypeCopier
    where TKey : notnull
{
    public override object Allocate(object source) => new Dictionary<TKey, TValue>();

    public override void Fill(object source, object target, ref CopyContext context)
    {
        var to = (Dictionary<TKey, TValue>)target;
        foreach (var (key, value) in (IEnumerable<KeyValuePair<TKey, TValue>>)source)
            to.Add(Copiers.Copy(key, ref context), Copiers.Copy(value, ref context));
    }
}
