using JadeVector.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace JadeVector.Tests.Hosting;

public sealed class ClusterOptionsTests
{
    [Theory]
    [InlineData("Cluster:Clustering", "postgres", "needs Jade:Cluster:ConnectionString")]
    [InlineData("Cluster:Clustering", "zookeeper", "zookeeper is not a valid value")]
    [InlineData("Cluster:Role", "observer", "observer is not a valid value")]
    [InlineData("Cluster:ConnectionString", "Host=h", "is for clustering 'postgres' and 'azure'")]
    [InlineData("Cluster:ServiceUri", "https://a.table.core.windows.net", "is for clustering 'azure'")]
    [InlineData("Cluster:ClusterId", "a b", "ClusterId must be")]
    [InlineData("Cluster:SiloPort", "0", "SiloPort")]
    [InlineData("Cluster:GatewayPorts:0", "70000", "GatewayPorts must be")]
    [InlineData("Cluster:FailureDetection:Votes", "0", "Votes")]
    [InlineData("Cluster:FailureDetection:ProbeMilliseconds", "5000", "ProbeMillisecondsMax must not be below")]
    [InlineData("Storage:ServiceUri", "https://a.blob.core.windows.net", "exclude each other", "Storage:ConnectionString", "UseDevelopmentStorage=true")]
    public async Task Options_that_make_no_sense_stop_the_start_and_are_named(string key, string value, string named, string? otherKey = null, string? otherValue = null)
    {
        var problem = await Assert.ThrowsAsync<JadeStartException>(() => StartAsync((key, value), (otherKey ?? "Engine:SearchThreads", otherValue ?? "1")));
        Assert.Contains(named, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blob_storage_that_cannot_be_reached_is_named_without_its_key()
    {
        const string Account = "DefaultEndpointsProtocol=http;AccountName=acme;AccountKey=c2VjcmV0;BlobEndpoint=http://127.0.0.1:1/acme;";
        var problem = await Assert.ThrowsAsync<JadeStartException>(() =>
            StartAsync(("Storage:ConnectionString", Account), ("Storage:Container", "vectors"), ("Cluster:StartTimeoutSeconds", "0")));
        Assert.StartsWith("The blob container at http://127.0.0.1:1/acme/vectors cannot be used: ", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", problem.Message, StringComparison.Ordinal);
    }

#if !ORLEANS_MICROSOFT
    [Theory]
    [InlineData("Cluster:Role", "client")]
    [InlineData("Cluster:Clustering", "azure")]
    public async Task The_single_process_host_refuses_to_be_part_of_a_cluster(string key, string value)
    {
        var problem = await Assert.ThrowsAsync<JadeStartException>(() => StartAsync((key, value)));
        Assert.Contains("Build with OrleansHost=Microsoft", problem.Message, StringComparison.Ordinal);
    }
#endif

    private static Task StartAsync(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(pair => new KeyValuePair<string, string?>($"Jade:{pair.Key}", pair.Value)));
        return builder.AddJadeNodeAsync(CancellationToken.None);
    }
}
