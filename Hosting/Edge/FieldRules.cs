using System.Globalization;
using System.Text;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>What single fields of requests may hold, however they came.</summary>
internal static class FieldRules
{
    /// <summary>Leaves room for what the store adds per shard and call.</summary>
    private const int IdempotencyKeyBytesMax = 96;

    private const int LabelLengthMax = 200;
    private const int DatabaseIdCharactersMax = 64;

    /// <summary>What cannot be an id is not looked for.</summary>
    public static void DatabaseId(string databaseId)
    {
        if (databaseId.Length > DatabaseIdCharactersMax || !databaseId.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw new ApiRefusal("not_found", $"There is no database '{databaseId}'.", ("databaseId", databaseId));
    }

    /// <summary>A text for a model.</summary>
    public static string Text(string text, string field, LimitOptions limits)
    {
        if (text.Length == 0)
            throw Refuse.Invalid(field, "is empty.");
        var bytes = Encoding.UTF8.GetByteCount(text);
        return bytes <= limits.TextBytes ? text : throw Refuse.Limit(field + " (bytes)", nameof(LimitOptions.TextBytes), limits.TextBytes, bytes);
    }

    public static int Whole(long number, string field, int min, int max, string limitName)
    {
        if (number < min)
            throw NotWhole(field, min, max);
        return number <= max ? (int)number : throw Refuse.Limit(field, limitName, max, number);
    }

    /// <summary>For a setting of a database.</summary>
    public static int Between(string field, int value, int min, int max, string limitName)
    {
        if (value < min)
            throw Refuse.Invalid(field, string.Create(CultureInfo.InvariantCulture, $"is {value}; it must be {min} to {max}."));
        return value <= max ? value : throw Refuse.Limit(field, limitName, max, value);
    }

    public static ApiRefusal NotWhole(string field, int min, int max) =>
        Refuse.Invalid(field, string.Create(CultureInfo.InvariantCulture, $"must be a whole number of {min} to {max}."));

    /// <summary>For a parameter of a page, whose upper bound goes by its own name.</summary>
    public static long AtLeast(long number, string field, long min, long max)
    {
        if (number < min)
            throw NotAtLeast(field, min);
        return number <= max ? number : throw Refuse.Limit(field, field, max, number);
    }

    public static ApiRefusal NotAtLeast(string field, long min) =>
        Refuse.Invalid(field, string.Create(CultureInfo.InvariantCulture, $"must be a whole number of at least {min}."));

    public static float Finite(float number, string field) => float.IsFinite(number)
        ? number
        : throw new ApiRefusal("not_finite", $"'{field}' is not a finite float32.", ("field", field));

    public static Consistency Consistency(string? name) => name switch
    {
        null or "bounded" => Grains.Interfaces.Consistency.Bounded,
        "strong" => Grains.Interfaces.Consistency.Strong,
        "eventual" => Grains.Interfaces.Consistency.Eventual,
        _ => throw Refuse.Invalid("consistency", "must be 'strong', 'bounded' or 'eventual'."),
    };

    /// <param name="field">What the caller knows the key as.</param>
    public static string IdempotencyKey(string key, string field)
    {
        if (key.Length == 0)
            throw Refuse.Invalid(field, "must be one text that is not empty.");
        var bytes = Encoding.UTF8.GetByteCount(key);
        return bytes <= IdempotencyKeyBytesMax ? key : throw Refuse.Limit(field + " (bytes)", "IdempotencyKeyBytes", IdempotencyKeyBytesMax, bytes);
    }

    /// <summary>Under which one batch of an import goes: the same lines batch the same way.</summary>
    public static string ImportKey(string key, long firstLine) => string.Create(CultureInfo.InvariantCulture, $"{key}/{firstLine}");

    /// <summary>Of a snapshot.</summary>
    public static string Label(string? label) => label is null or { Length: <= LabelLengthMax }
        ? label ?? ""
        : throw Refuse.Limit("label", "LabelLength", LabelLengthMax, label.Length);
}
