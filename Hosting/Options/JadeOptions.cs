using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace JadeVector.Hosting.Options;

/// <summary>A section under <c>Jade</c> that some part of the node reads; several types may share one.</summary>
/// <param name="Path">As <c>Jade:Limits</c>.</param>
public sealed record JadeSection(string Path, Type Options);

/// <summary>Registers options so that they are bound, ranged and checked before the first request, misspelt keys included.</summary>
public static class JadeOptions
{
    public const string Root = "Jade";

    /// <summary>Binds <typeparamref name="T"/> to the section, validates it at start, and makes its keys known.</summary>
    public static OptionsBuilder<T> AddJadeOptions<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddJadeSection(section, typeof(T));
        return services.AddOptions<T>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
    }

    /// <summary>Makes the section's keys known without binding it.</summary>
    public static IServiceCollection AddJadeSection(this IServiceCollection services, string section, Type options)
    {
        services.AddSingleton(new JadeSection(section, options));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<UnknownKeysCheck>, UnknownKeysValidator>());
        services.AddOptions<UnknownKeysCheck>().ValidateOnStart();
        return services;
    }

    private sealed class UnknownKeysCheck;

    /// <summary>Stops the start when a key under <c>Jade</c> is read by nobody: a misspelt limit must not pass silently.</summary>
    private sealed class UnknownKeysValidator(IConfiguration configuration, IEnumerable<JadeSection> sections) : IValidateOptions<UnknownKeysCheck>
    {
        public ValidateOptionsResult Validate(string? name, UnknownKeysCheck options)
        {
            var known = KnownKeys.Of(sections);
            var unknown = new List<string>();
            known.CollectUnknown(configuration.GetSection(Root), unknown);
            return unknown.Count == 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(unknown.Select(path => $"Unknown configuration key '{path}'. {known.Suggest(path)}"));
        }
    }
}
