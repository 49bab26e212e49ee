using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace JadeVector.Hosting.Options;

/// <summary>The tree of configuration keys that options types read.</summary>
internal sealed class KnownKeys
{
    private readonly Dictionary<string, KnownKeys> _children = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _path;

    private KnownKeys(string path) => _path = path;

    /// <summary>Keys of a dictionary or a list: any name, this tree below it.</summary>
    private KnownKeys? AnyChild { get; set; }

    public static KnownKeys Of(IEnumerable<JadeSection> sections)
    {
        var root = new KnownKeys(JadeOptions.Root);
        foreach (var section in sections)
        {
            var node = root;
            foreach (var part in section.Path.Split(':').Skip(1))
                node = node.Child(part);
            node.AddPropertiesOf(section.Options);
        }

        return root;
    }

    public void CollectUnknown(IConfigurationSection section, List<string> unknown)
    {
        foreach (var child in section.GetChildren())
        {
            if (_children.TryGetValue(child.Key, out var known) || (known = AnyChild) is not null)
                known.CollectUnknown(child, unknown);
            else
                unknown.Add(child.Path);
        }
    }

    /// <summary>What may stand where the unknown key stands.</summary>
    public string Suggest(string unknownPath)
    {
        var node = this;
        foreach (var part in unknownPath.Split(':').Skip(1).SkipLast(1))
            node = node._children.GetValueOrDefault(part) ?? node.AnyChild ?? node;
        return node._children.Count == 0
            ? $"'{node._path}' has no keys below it."
            : $"Known under '{node._path}': {string.Join(", ", node._children.Keys.Order(StringComparer.Ordinal))}.";
    }

    private KnownKeys Child(string key)
    {
        if (!_children.TryGetValue(key, out var child))
            _children.Add(key, child = new KnownKeys($"{_path}:{key}"));
        return child;
    }

    private void AddPropertiesOf(Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
            Child(property.Name).AddShapeOf(property.PropertyType);
    }

    private void AddShapeOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (IsScalar(type))
            return;

        var element = ElementOf(type);
        if (element is null)
        {
            AddPropertiesOf(type);
            return;
        }

        AnyChild = new KnownKeys($"{_path}:*");
        AnyChild.AddShapeOf(element);
    }

    private static bool IsScalar(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal) || type == typeof(Uri)
        || type == typeof(TimeSpan) || type == typeof(DateTimeOffset) || type == typeof(Guid);

    private static Type? ElementOf(Type type) =>
        type.IsArray
            ? type.GetElementType()
            : type.GetInterfaces().Append(type).Where(face => face.IsGenericType)
                .Where(face => face.GetGenericTypeDefinition() == typeof(IEnumerable<>))
                .Select(face => face.GetGenericArguments()[0])
                .Select(item => item.IsGenericType && item.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) ? item.GetGenericArguments()[1] : item)
                .FirstOrDefault();
}
