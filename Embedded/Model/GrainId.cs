using System.Globalization;

namespace Orleans.Runtime
{
    /// <summary>The kind of a grain: what storage and logs call its class.</summary>
    public readonly record struct GrainType
    {
        private readonly string? _value;

        private GrainType(string value) => _value = value;

        public static GrainType Create(string value)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            return new GrainType(value);
        }

        public override string? ToString() => _value;
    }

    /// <summary>The key part of a grain's identity; integers are upper-case hexadecimal.</summary>
    public readonly record struct IdSpan
    {
        private readonly string? _value;

        private IdSpan(string value) => _value = value;

        public static IdSpan Create(string id) => new(id);

        public override string? ToString() => _value;
    }

    /// <summary>Which grain: kind and key. Text form <c>kind/key</c>.</summary>
    public readonly record struct GrainId(GrainType Type, IdSpan Key)
    {
        public static GrainId Create(GrainType type, string key)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(key);
            return new GrainId(type, IdSpan.Create(key));
        }

        public static GrainId Create(string type, string key) => Create(GrainType.Create(type), key);

        public override string ToString() => $"{Type}/{Key}";
    }

    public static class GrainIdKeyExtensions
    {
        public static IdSpan CreateIntegerKey(long key) => IdSpan.Create(key.ToString("X", CultureInfo.InvariantCulture));

        public static bool TryGetIntegerKey(this GrainId grainId, out long key) =>
            long.TryParse(grainId.Key.ToString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key);
    }
}

namespace Orleans
{
    /// <summary>Names the kind of a grain class; without it the kind is the class name in lower case without <c>Grain</c>.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class GrainTypeAttribute(string grainType) : Attribute
    {
        internal GrainType Type { get; } = GrainType.Create(grainType);
    }
}
