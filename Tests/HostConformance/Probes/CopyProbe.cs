namespace JadeVector.Tests.HostConformance;

[Alias("probe.ICopyGrain")]
public interface ICopyGrain : IGrainWithStringKey
{
    /// <summary>Keeps the list and adds to it.</summary>
    [Alias("Keep")]
    Task Keep(List<string> values);

    /// <summary>The grain's own list.</summary>
    [Alias("Kept")]
    Task<List<string>> Kept();

    [Alias("KeepArray")]
    Task KeepArray(byte[] values);

    [Alias("KeptArray")]
    Task<byte[]> KeptArray();

    [Alias("IsSame")]
    Task<bool> IsSame(string name, object value);

    [Alias("IsSameArray")]
    Task<bool> IsSameArray(string name, [Immutable] byte[] value);

    [Alias("Echo")]
    Task<object?> Echo(object? value);

    [Alias("EchoMessage")]
    Task<Message> EchoMessage(Message message);

    [Alias("EchoNames")]
    Task<IReadOnlyList<string>> EchoNames(IReadOnlyList<string> names);

    [Alias("GiveForeign")]
    Task<object> GiveForeign();

    [Alias("Throw")]
    Task Throw(string kind);

    [Alias("Ask")]
    Task<string> Ask(ICopyGrain other);

    [Alias("Name")]
    Task<string> Name();
}

[GenerateSerializer, Alias("probe.base-message")]
public record BaseMessage
{
    [Id(0)] public string? Title { get; init; }
}

[GenerateSerializer, Alias("probe.message")]
public sealed record Message : BaseMessage
{
    [Id(0)] public required int Number { get; init; }

    [Id(1)] public int[] Numbers { get; set; } = [];

    [Id(2)] public Dictionary<string, List<int>> Lists { get; init; } = [];

    [Id(3)] public DateTimeOffset? At { get; init; }

    [Id(4)] public (string Name, int[] Values) Pair { get; init; }

    [Id(5)] public Part First { get; init; }

    [Id(6)] public Node? Left { get; init; }

    [Id(7)] public Node? Right { get; init; }

    [Id(8)] public IReadOnlyDictionary<string, string>? Labels { get; init; }

    [Id(9), Immutable] public byte[]? Shared { get; init; }

    [Id(10)] public DayOfWeek Day { get; init; }

    /// <summary>Has no number: stays behind.</summary>
    [field: NonSerialized]
    public string? Local { get; set; }
}

[GenerateSerializer, Alias("probe.part")]
public readonly record struct Part([property: Id(0)] long Offset, [property: Id(1)] byte[]? Bytes);

[GenerateSerializer, Alias("probe.node")]
public sealed class Node
{
    [Id(0)] public string? Name { get; set; }

    [Id(1)] public Node? Next { get; set; }
}

[GenerateSerializer, Immutable, Alias("probe.fixed-message")]
public sealed record FixedMessage([property: Id(0)] string Text);

/// <summary>No serializer attributes: cannot cross.</summary>
public sealed class Foreign
{
    public string? Text { get; set; }
}

[GenerateSerializer, Alias("probe.exception")]
public sealed class ProbeException(string message, string code) : Exception(message)
{
    [Id(0)] public string Code { get; private set; } = code;
}

public sealed class CopyGrain : Grain, ICopyGrain
{
    private List<string> _values = [];
    private byte[] _array = [];

    public Task Keep(List<string> values)
    {
        _values = values;
        _values.Add("grain");
        return Task.CompletedTask;
    }

    public Task<List<string>> Kept() => Task.FromResult(_values);

    public Task KeepArray(byte[] values)
    {
        _array = values;
        return Task.CompletedTask;
    }

    public Task<byte[]> KeptArray() => Task.FromResult(_array);

    public Task<bool> IsSame(string name, object value) => Task.FromResult(ReferenceEquals(Passed.Of(name), value));

    public Task<bool> IsSameArray(string name, byte[] value) => Task.FromResult(ReferenceEquals(Passed.Of(name), value));

    public Task<object?> Echo(object? value) => Task.FromResult(value);

    public Task<Message> EchoMessage(Message message) => Task.FromResult(message);

    public Task<IReadOnlyList<string>> EchoNames(IReadOnlyList<string> names) => Task.FromResult<IReadOnlyList<string>>([.. names.Select(name => name + "!")]);

    public Task<object> GiveForeign() => Task.FromResult<object>(new Foreign { Text = "from the grain" });

    public Task Throw(string kind) => throw (kind == "own" ? new ProbeException("refused", "not_found") : new ArgumentException("of the framework"));

    public Task<string> Ask(ICopyGrain other) => other.Name();

    public Task<string> Name() => Task.FromResult(this.GetPrimaryKeyString());
}

/// <summary>Objects that a test passes and a grain compares with what it got.</summary>
public static class Passed
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, object> All = new();

    public static void Set(string name, object value) => All[name] = value;

    public static object Of(string name) => All[name];
}
