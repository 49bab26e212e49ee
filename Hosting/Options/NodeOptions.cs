using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace JadeVector.Hosting.Options;

/// <summary>Reads a section into its options and checks them before anything starts.</summary>
internal static class NodeOptions
{
    /// <exception cref="JadeStartException">A key is unknown, a value cannot be read or is out of range; the message names it.</exception>
    public static T Bind<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        var options = new T();
        try
        {
            configuration.GetSection(section).Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException problem)
        {
            throw new JadeStartException($"Configuration section {section}: {(problem.InnerException ?? problem).Message}", problem);
        }

        var problems = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), problems, validateAllProperties: true)
            ? options
            : throw new JadeStartException($"Configuration section {section}: {string.Join(' ', problems.Select(problem => problem.ErrorMessage))}");
    }
}
