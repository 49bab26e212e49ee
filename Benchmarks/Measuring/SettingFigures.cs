using System.Text.Json.Serialization;

namespace JadeVector.Benchmarks.Measuring;

/// <summary>What was measured at one setting: a line of the JSON report, ours and a peer's.</summary>
/// <param name="Index">The kind of index, or the peer's name.</param>
/// <param name="Params">What it was built and searched with, by name.</param>
/// <param name="BytesInMemory">Of the index, the vectors included where they are in memory.</param>
/// <param name="Recall">Of the true nearest k, counted by distance; mean over the queries.</param>
/// <param name="Qps">Queries a second, all threads together; median of the runs.</param>
/// <param name="P50Microseconds">Of one query, from call to answer; median of the runs.</param>
/// <param name="P99Microseconds">Of the same.</param>
public sealed record SettingFigures(
    [property: JsonPropertyName("index")] string Index,
    [property: JsonPropertyName("params")] IReadOnlyDictionary<string, object> Params,
    [property: JsonPropertyName("buildSeconds")] double BuildSeconds,
    [property: JsonPropertyName("bytesInMemory")] long BytesInMemory,
    [property: JsonPropertyName("recall")] double Recall,
    [property: JsonPropertyName("qps")] double Qps,
    [property: JsonPropertyName("p50us")] double P50Microseconds,
    [property: JsonPropertyName("p99us")] double P99Microseconds);
