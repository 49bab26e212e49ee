using System.Text.Json;
using JadeVector.Api.Vectors;
using JadeVector.Hosting.Edge;
using Microsoft.OpenApi;

namespace JadeVector.Api.OpenApi;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c> and the Swagger UI at <c>/swagger</c>.</summary>
internal static class OpenApiSetup
{
    public const string DocumentName = "v1";

    private const string DocumentPattern = "/openapi/{documentName}.json";

    public static void AddTo(IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        // The schema generator asks these for the names of properties.
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase);
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc(DocumentName, new OpenApiInfo
            {
                Title = "JadeVector.Orleans",
                Version = DocumentName,
                Description =
                    "A distributed vector database. Every route under `/v1` is also under `/api/v1`. "
                    + "Errors are `application/problem+json` with a stable `code`. "
                    + "With an admin key configured, every route but `/livez`, `/readyz` and `/health` asks for it.",
            });
            options.OperationFilter<RouteDocFilter>();
            options.SupportNonNullableReferenceTypes();
            options.MapType<VectorValues>(Values);
            options.MapType<JsonMap>(Map);
            options.MapType<JsonElement>(() => new OpenApiSchema());
            options.AddSecurityDefinition(
                "key", new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-API-Key" });
            options.AddSecurityDefinition("bearer", new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" });
            options.AddSecurityRequirement(document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", document)] = [] });
            options.AddSecurityRequirement(document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] });
            foreach (var type in (Type[])[typeof(OpenApiSetup), typeof(CreateDatabaseRequest)])
            {
                var comments = Path.ChangeExtension(type.Assembly.Location, ".xml");
                if (File.Exists(comments))
                    options.IncludeXmlComments(comments);
            }
        });
    }

    public static void MapTo(WebApplication app)
    {
        app.UseSwagger(options =>
        {
            options.RouteTemplate = DocumentPattern;
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        });
        app.UseSwaggerUI(options =>
        {
            options.RoutePrefix = "swagger";
            options.DocumentTitle = "JadeVector.Orleans";
            options.SwaggerEndpoint($"/openapi/{DocumentName}.json", DocumentName);
        });
    }

    private static OpenApiSchema Values() => new()
    {
        Description = "Components: numbers, or base64 of little-endian float32.",
        OneOf =
        [
            new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Number, Format = "float" } },
            new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = new Dictionary<string, IOpenApiSchema> { ["base64"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "byte" } },
                Required = new HashSet<string> { "base64" },
                AdditionalPropertiesAllowed = false,
            },
        ],
    };

    private static OpenApiSchema Map() => new() { Type = JsonSchemaType.Object, AdditionalPropertiesAllowed = true };
}
