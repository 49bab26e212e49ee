using Xunit;

namespace JadeVector.Tests.Architecture;

/// <summary>Texts that are checked in and reviewed as a diff. <c>JADE_UPDATE_BASELINES=1</c> writes them anew.</summary>
internal static class Baseline
{
    /// <param name="forReviewer">What a change of this text means.</param>
    public static void Check(string name, string actual, string forReviewer)
    {
        var path = Path.Combine(Repository.Root, "Tests", "Architecture", name);
        if (Environment.GetEnvironmentVariable("JADE_UPDATE_BASELINES") == "1")
            File.WriteAllText(path, actual);
        var expected = File.Exists(path) ? File.ReadAllText(path) : "";
        var difference = expected.Split('\n').Except(actual.Split('\n')).Select(line => $"- {line}")
            .Concat(actual.Split('\n').Except(expected.Split('\n')).Select(line => $"+ {line}"));
        Assert.True(
            expected == actual,
            $"{path} is not what the code says. {forReviewer} JADE_UPDATE_BASELINES=1 rewrites it.\n{string.Join('\n', difference)}");
    }
}
