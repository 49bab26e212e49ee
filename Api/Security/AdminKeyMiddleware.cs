using System.Security.Cryptography;
using System.Text;
using JadeVector.Api.Options;
using JadeVector.Api.Problems;
using Microsoft.Extensions.Options;

namespace JadeVector.Api.Security;

/// <summary>With an admin key configured, asks for it on every route but the health checks.</summary>
internal sealed class AdminKeyMiddleware(RequestDelegate next, IOptions<SecurityOptions> options)
{
    private const string BearerPrefix = "Bearer ";

    /// <summary>Hashes are of one length, so that comparing them tells nothing of the key's.</summary>
    private readonly byte[]? _keyHash = options.Value.AdminKey is { Length: > 0 } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;

    public Task InvokeAsync(HttpContext context) =>
        _keyHash is null || IsHealthCheck(context.Request.Path) || HasKey(context.Request)
            ? next(context)
            : ProblemWriter.WriteAsync(
                context, "unauthorized", "Send the admin key as 'X-API-Key: KEY' or 'Authorization: Bearer KEY'.");

    private static bool IsHealthCheck(PathString path) =>
        path.Value is "/livez" or "/readyz" or "/health";

    private bool HasKey(HttpRequest request)
    {
        string? given = request.Headers["X-API-Key"];
        if (given is null && (string?)request.Headers.Authorization is { } authorization
            && authorization.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
            given = authorization[BearerPrefix.Length..].Trim();
        if (given is null)
            return false;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(given), hash);
        return CryptographicOperations.FixedTimeEquals(hash, _keyHash);
    }
}
