namespace JadeVector.Hosting.Edge;

/// <summary>A request that the edge itself refuses; becomes a problem document.</summary>
/// <param name="code">Stable, snake_case; <see cref="ProblemCodes"/> knows its status.</param>
/// <param name="detail">One sentence for a person, with the field and the numbers in it.</param>
/// <param name="details">The same for a program: <c>field</c>, <c>limit</c>, <c>value</c> …</param>
internal sealed class ApiRefusal(string code, string detail, params (string Name, object? Value)[] details) : Exception(detail)
{
    public string Code { get; } = code;

    public IReadOnlyList<(string Name, object? Value)> Details { get; } = details;
}
