using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Import;

/// <summary>What became of an import.</summary>
/// <param name="Status"><c>success</c>, or <c>partial</c> when some lines were refused.</param>
/// <param name="Received">Lines with a vector; empty lines are passed over.</param>
/// <param name="Count">Vectors stored.</param>
/// <param name="Inserted">Of them, those whose id was new.</param>
/// <param name="Updated">Of them, those that replaced one.</param>
/// <param name="Failed">Lines not stored.</param>
/// <param name="AcknowledgedLines">Every line up to this one is stored or was refused for good.</param>
/// <param name="Errors">The first lines that failed, as many as the limit ImportErrors.</param>
public sealed record ImportResponse(
    string Status, long Received, long Count, long Inserted, long Updated, long Failed, long AcknowledgedLines, IReadOnlyList<ImportError> Errors);
