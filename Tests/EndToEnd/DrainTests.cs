using System.Net;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

public sealed class DrainTests
{
    [Fact]
    public async Task A_node_that_is_told_to_stop_says_at_once_that_it_is_not_ready_and_goes_on_serving()
    {
        await using var node = await Node.StartAsync(new SimulatedBlobStore());
        await node.Http.Get("/readyz");
        node.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        var answer = await node.Http.Get("/readyz", HttpStatusCode.ServiceUnavailable);
        Assert.Equal("not_ready", (string)answer["code"]!);
        Assert.Equal("process: is stopping.", (string)answer["detail"]!);
        await node.Http.CreateDatabase("late", 2, "");
    }
}
