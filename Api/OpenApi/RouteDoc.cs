namespace JadeVector.Api.OpenApi;

/// <summary>What the OpenAPI document says of a route beyond its address.</summary>
/// <param name="Tag">The group it is shown in.</param>
internal sealed record RouteDoc(string Tag, string Summary, string Description)
{
    /// <summary>The shape of the body; null for none.</summary>
    public Type? Request { get; init; }

    public string RequestContentType { get; init; } = "application/json";

    /// <summary>JSON text (or lines).</summary>
    public string? RequestExample { get; init; }

    /// <summary>The shape of the answer; null where it is not JSON.</summary>
    public Type? Response { get; init; }

    public string ResponseContentType { get; init; } = "application/json";

    public string? ResponseExample { get; init; }

    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>A second good status with the same shape, as 207.</summary>
    public int? OtherStatus { get; init; }

    /// <summary>Names of <see cref="KnownParameters"/>.</summary>
    public string[] Query { get; init; } = [];

    /// <summary>Takes an Idempotency-Key, answers with a Jade-Position.</summary>
    public bool IsWrite { get; init; }

    /// <summary>Takes a Jade-Timeout-Ms.</summary>
    public bool HasDeadline { get; init; } = true;

    /// <summary>Answers without the admin key.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Statuses of problem documents beyond those that every route has.</summary>
    public int[] Problems { get; init; } = [];
}
