using System.Globalization;
using System.Text.Json.Nodes;
using JadeVector.Api.Problems;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace JadeVector.Api.OpenApi;

/// <summary>Fills an operation of the document from the route's <see cref="RouteDoc"/>.</summary>
internal sealed class RouteDocFilter : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<RouteDoc>().FirstOrDefault() is not { } doc)
            return;

        operation.Summary = doc.Summary;
        operation.Description = doc.Description;
        operation.Tags = new HashSet<OpenApiTagReference> { new(doc.Tag, context.Document) };
        operation.OperationId = OperationIdOf(context.ApiDescription.HttpMethod!, context.ApiDescription.RelativePath!);
        AddParameters(operation, doc);
        if (doc.Request is not null)
            operation.RequestBody = RequestOf(doc, context);
        operation.Responses = ResponsesOf(doc, context);
    }

    private static void AddParameters(OpenApiOperation operation, RouteDoc doc)
    {
        operation.Parameters ??= [];
        foreach (var path in operation.Parameters.OfType<OpenApiParameter>())
        {
            path.Description = path.Name == "databaseId"
                ? "As the creation answered."
                : "1 to 256 bytes of UTF-8, percent-encoded once.";
        }

        foreach (var name in doc.Query)
            operation.Parameters.Add(KnownParameters.InQuery(name));
        if (doc.IsWrite)
            operation.Parameters.Add(KnownParameters.IdempotencyKey());
        if (doc.HasDeadline)
            operation.Parameters.Add(KnownParameters.Timeout());
    }

    private static OpenApiRequestBody RequestOf(RouteDoc doc, OperationFilterContext context) => new()
    {
        Required = true,
        Content = new Dictionary<string, IOpenApiMediaType>
        {
            [doc.RequestContentType] = new OpenApiMediaType
            {
                Schema = context.SchemaGenerator.GenerateSchema(doc.Request!, context.SchemaRepository),
                Example = doc.RequestExample is { } example ? JsonNode.Parse(example) : null,
            },
        },
    };

    private static OpenApiResponses ResponsesOf(RouteDoc doc, OperationFilterContext context)
    {
        var responses = new OpenApiResponses { [Name(doc.Status)] = GoodOf(doc, doc.Status, context) };
        if (doc.OtherStatus is { } other)
            responses[Name(other)] = GoodOf(doc, other, context);
        int[] always = doc.IsOpen ? [] : doc.HasDeadline ? [400, 401, 503] : [401];
        foreach (var status in always.Concat(doc.Request is null ? [] : [413, 415]).Concat(doc.Problems).Distinct().Order())
        {
            if (status == doc.OtherStatus)
                continue;
            responses[Name(status)] = new OpenApiResponse
            {
                Description = DescriptionOf(status),
                Content = new Dictionary<string, IOpenApiMediaType>
                {
                    [ProblemWriter.ContentType] = new OpenApiMediaType
                    {
                        Schema = context.SchemaGenerator.GenerateSchema(typeof(ProblemResponse), context.SchemaRepository),
                    },
                },
            };
        }

        return responses;
    }

    private static OpenApiResponse GoodOf(RouteDoc doc, int status, OperationFilterContext context) => new()
    {
        Description = DescriptionOf(status),
        Headers = doc.IsWrite
            ? new Dictionary<string, IOpenApiHeader>
            {
                ["Jade-Position"] = new OpenApiHeader
                {
                    Description = "Send it as `minPosition` to read at least this write.",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                },
            }
            : null,
        Content = doc.Response is null ? null : new Dictionary<string, IOpenApiMediaType>
        {
            [doc.ResponseContentType] = new OpenApiMediaType
            {
                Schema = context.SchemaGenerator.GenerateSchema(doc.Response, context.SchemaRepository),
                Example = doc.ResponseExample is { } example ? JsonNode.Parse(example) : null,
            },
        },
    };

    private static string Name(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static string DescriptionOf(int status) => status switch
    {
        200 => "Done.",
        201 => "Stored.",
        207 => "Some were stored; each has its result.",
        400 => "The request cannot be used as it is: a field, a limit, malformed JSON.",
        401 => "The admin key is missing or wrong.",
        404 => "There is no such database or vector.",
        409 => "The name is taken, or the vector has another version.",
        413 => "The body is too large.",
        415 => "Another content type is needed.",
        503 => "Not now: try again after `Retry-After`.",
        _ => "Problem.",
    };

    /// <summary>As <c>post_databases_databaseId_search</c>.</summary>
    private static string OperationIdOf(string method, string path)
    {
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "v1").Select(part => part.Trim('{', '}'));
        return string.Join('_', parts.Prepend(method.ToLowerInvariant()));
    }
}

/// <summary>Why a request was refused (RFC 9457), with upstream's members beside it.</summary>
/// <param name="Type"><c>urn:jade:</c> and the code.</param>
/// <param name="Title">The same for every problem of this code.</param>
/// <param name="Detail">For a person, with the field and the numbers in it.</param>
/// <param name="Code">Stable, for a program.</param>
/// <param name="TraceId">To find it in the node's log.</param>
/// <param name="Error">The code again.</param>
/// <param name="Message">The detail again.</param>
/// <param name="Details">For a program: <c>field</c>, <c>limit</c>, <c>value</c> …</param>
public sealed record ProblemResponse(
    string Type, string Title, int Status, string Detail, string Code, string TraceId, string Error, string Message, Vectors.JsonMap Details);
