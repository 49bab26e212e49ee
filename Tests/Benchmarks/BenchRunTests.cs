using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using JadeVector.Benchmarks;
using JadeVector.Benchmarks.Measuring;
using JadeVector.Engine.Distance;
using Xunit;

namespace JadeVector.Tests.Benchmarks;

public sealed class BenchRunTests : IDisposable
{
    private const int Rows = 600, Dimension = 8;

    private readonly string _directory = Directory.CreateTempSubdirectory("jade-bench-").FullName;
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);
    private readonly StringWriter _progress = new(CultureInfo.InvariantCulture);

    public BenchRunTests()
    {
        Write("base.fbin", Rows, seed: 1);
        Write("query.fbin", 20, seed: 2);
    }

    public void Dispose()
    {
        Directory.Delete(_directory, recursive: true);
        _output.Dispose();
        _progress.Dispose();
    }

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Dot)]
    public void An_exact_index_finds_everything(Metric metric)
    {
        var figures = Run(Options with { Index = "flat", Metric = metric });
        Assert.Equal(1, Assert.Single(figures).Recall);
    }

    [Fact]
    public void A_line_of_JSON_has_the_members_that_were_promised_and_standard_output_nothing_else()
    {
        Run(Options with { Json = true, Parameters = ["M=8", "efSearch=40,10"], Threads = 2 });
        var lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        using var line = JsonDocument.Parse(lines[0]);
        Assert.Equal(["index", "params", "buildSeconds", "bytesInMemory", "recall", "qps", "p50us", "p99us"], line.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("""{"M":8,"efConstruction":200,"quantization":"int8","efSearch":10,"threads":2}""", line.RootElement.GetProperty("params").GetRawText());
        Assert.True(line.RootElement.GetProperty("qps").GetDouble() > 0);
        Assert.InRange(line.RootElement.GetProperty("p99us").GetDouble(), line.RootElement.GetProperty("p50us").GetDouble(), double.MaxValue);
        Assert.InRange(line.RootElement.GetProperty("bytesInMemory").GetInt64(), Rows * Dimension * 4, long.MaxValue);
    }

    [Fact]
    public void A_recall_is_reached_by_the_least_setting_that_does()
    {
        var swept = Run(Options with { K = 1, Parameters = ["M=2", "efConstruction=4", "efSearch=" + string.Join(',', Enumerable.Range(1, 64))] });
        var found = Assert.Single(Run(Options with { K = 1, Parameters = ["M=2", "efConstruction=4"], Recalls = [0.4] }));
        Assert.True(found.Recall >= 0.4);
        var setting = (int)found.Params["efSearch"];
        Assert.True(setting == 1 || swept[setting - 2].Recall < 0.4);
    }

    [Theory]
    [InlineData("hnsw", "efSearch")]
    [InlineData("ivf", "nprobe")]
    [InlineData("lsh", "probes")]
    public void Every_kind_tunes_itself_without_queries_or_truth(string index, string knob)
    {
        var figures = Assert.Single(Run(Options with { Index = index, Tunes = [0.8] }));
        Assert.Equal(index, figures.Index);
        Assert.InRange((int)figures.Params[knob], 1, 65_536);
        Assert.InRange(figures.Recall, 0.5, 1);
    }

    [Fact]
    public void A_peer_gets_what_to_measure_and_is_compared_at_each_recall()
    {
        var script = Path.Combine(_directory, "peer.sh");
        File.WriteAllText(script, """
            echo this line is its own talk
            test -s "$JADE_BENCH_TRUTH" && test -s "$JADE_BENCH_BASE" && test "$JADE_BENCH_METRIC $JADE_BENCH_K $JADE_BENCH_RECALL" = "l2 10 0.9" || exit 7
            echo '{"index":"peer","params":{"ef":10},"buildSeconds":1.5,"bytesInMemory":1000,"recall":0.95,"qps":0.5,"p50us":1,"p99us":2}'
            """);
        var plot = Path.Combine(_directory, "plot.svg");
        var figures = Run(Options with { Recalls = [0.9], Peers = [$"sh {script}"], Plot = plot });
        Assert.Equal(["hnsw", "peer"], figures.Select(line => line.Index));
        Assert.Matches(@"\| 0\.9 +\| peer \| [\d,]+ +\| 1 +\|", _output.ToString().Replace("| 0 ", "| 1 ", StringComparison.Ordinal));
        Assert.Equal(2, XDocument.Load(plot).Descendants().Count(element => element.Name.LocalName == "polyline"));
    }

    [Theory]
    [InlineData("exit 7", "ended with 7")]
    [InlineData("echo '{\"index\":\"peer\"}'", "none of ours")]
    public void A_peer_that_fails_fails_the_run(string peer, string why) =>
        Assert.Contains(why, Assert.Throws<BenchException>(() => Run(Options with { Index = "flat", Peers = [peer] })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("M=1", "M is a number from 2 to 128")]
    [InlineData("nlist=16", "no parameter nlist; it has efConstruction, efSearch, M, quantization")]
    [InlineData("M", "name=value")]
    public void A_parameter_that_means_nothing_is_refused(string parameter, string why) =>
        Assert.Contains(why, Assert.Throws<BenchException>(() => Run(Options with { Parameters = [parameter] })).Message, StringComparison.Ordinal);

    private BenchOptions Options => new()
    {
        Base = Path.Combine(_directory, "base.fbin"),
        Query = Path.Combine(_directory, "query.fbin"),
        Runs = 1,
        RunTime = TimeSpan.FromMilliseconds(1),
    };

    private IReadOnlyList<SettingFigures> Run(BenchOptions options) =>
        new BenchRun(options, _output, _progress).Run(CancellationToken.None);

    private void Write(string name, int count, int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[8 + (count * Dimension * 4)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Dimension);
        for (var i = 0; i < count * Dimension; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(8 + (i * 4)), random.NextSingle() - 0.5f);
        File.WriteAllBytes(Path.Combine(_directory, name), bytes);
    }
}
