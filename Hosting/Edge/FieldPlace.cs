using System.Globalization;

namespace JadeVector.Hosting.Edge;

/// <summary>Where in a body an object stands; becomes a path only when something there is refused.</summary>
/// <param name="List">The list it is in, or null for the body itself.</param>
internal readonly record struct FieldPlace(string? List, int Index)
{
    public static readonly FieldPlace Body;

    public string Field(string name) =>
        List is null ? name : string.Create(CultureInfo.InvariantCulture, $"{List}[{Index}].{name}");

    public override string ToString() => List is null ? "body" : string.Create(CultureInfo.InvariantCulture, $"{List}[{Index}]");
}
