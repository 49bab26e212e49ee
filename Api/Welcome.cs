namespace JadeVector.Api;

/// <summary>What a person sees when the node is up: where it is, and something to paste.</summary>
internal static class Welcome
{
    /// <summary>The line that scripts wait for begins with this; the address follows.</summary>
    public const string ReadyPrefix = "JadeVector.Orleans is ready at ";

    public static void Print(WebApplication app)
    {
        var address = app.Urls.First();
        Console.WriteLine($$"""
            {{ReadyPrefix}}{{address}}
            A first request:
              curl -s {{address}}/v1/databases -H 'Content-Type: application/json' -d '{"name":"first","vectorDimension":256}'
            All routes: {{address}}/swagger
            """);
    }
}
