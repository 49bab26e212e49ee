using System.Text.Json;
using JadeVector.Benchmarks.Measuring;

namespace JadeVector.Benchmarks.Reports;

/// <summary>One JSON object a line: <c>{"index","params","buildSeconds","bytesInMemory","recall","qps","p50us","p99us"}</c>.</summary>
internal static class JsonLines
{
    private static readonly JsonSerializerOptions Strict = new() { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    internal static void Write(TextWriter output, SettingFigures line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, Strict));
        output.Flush();
    }

    /// <exception cref="JsonException">It is no such object, or a member is missing.</exception>
    internal static SettingFigures Parse(string line) => JsonSerializer.Deserialize<SettingFigures>(line, Strict) ?? throw new JsonException("null");
}
