using System.Globalization;

namespace JadeVector.Hosting.Edge;

/// <summary>The refusals of the edge, worded in one place.</summary>
internal static class Refuse
{
    public static ApiRefusal Invalid(string field, string problem) => new("invalid_argument", $"'{field}' {problem}", ("field", field));

    public static ApiRefusal Missing(string field, string what) => Invalid(field, $"is missing: {what}");

    public static ApiRefusal WrongDimension(string field, int expected, int actual) => new(
        "wrong_dimension",
        string.Create(CultureInfo.InvariantCulture, $"'{field}' has {actual} components; the database has dimension {expected}."),
        ("field", field), ("expected", expected), ("actual", actual));

    public static ApiRefusal NotFinite(string field, int index) => new(
        "not_finite",
        string.Create(CultureInfo.InvariantCulture, $"'{field}[{index}]' is not a finite float32 (NaN, Infinity, or beyond ±3.4028235e38)."),
        ("field", string.Create(CultureInfo.InvariantCulture, $"{field}[{index}]")), ("index", index));

    public static ApiRefusal NotFiniteNumber(string field) => new(
        "not_finite", $"'{field}' is a number beyond the range of a double.", ("field", field));

    public static ApiRefusal Limit(string field, string limitName, long limit, long value) => new(
        "limit_exceeded",
        string.Create(CultureInfo.InvariantCulture, $"'{field}' is {value}; the limit {limitName} is {limit}."),
        ("field", field), ("limitName", limitName), ("limit", limit), ("value", value));

    public static ApiRefusal BodyTooLarge(long limit, long? value) => new(
        "body_too_large",
        string.Create(CultureInfo.InvariantCulture, $"The body is larger than the limit BodyBytes of {limit} bytes."),
        ("field", "body"), ("limitName", "BodyBytes"), ("limit", limit), ("value", value));

    public static ApiRefusal Unknown(string field) => new("unknown_field", $"'{field}' is not a field of this request.", ("field", field));

    public static ApiRefusal UnknownParameter(string name, IEnumerable<string> known) => new(
        "unknown_field", $"'{name}' is not a query parameter of this route; it has: {string.Join(", ", known)}.", ("field", name));

    public static ApiRefusal NotSupported(string field, string what) => new("not_supported", $"'{field}' {what}", ("field", field));

    public static ApiRefusal Malformed(string detail) => new("malformed_json", detail, ("field", "body"));

    public static ApiRefusal NoVector(string id) => new("not_found", $"There is no vector '{id}' in this database.", ("vectorId", id));

    public static ApiRefusal UnsupportedMediaType(string? given, string wanted) => new(
        "unsupported_media_type",
        given is null ? $"The request has no Content-Type; this route takes {wanted}." : $"The Content-Type is '{given}'; this route takes {wanted}.",
        ("field", "Content-Type"), ("expected", wanted));
}
