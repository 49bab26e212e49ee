using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace JadeVector.Hosting.Options;

/// <summary>Reads a section into its options and checks them before anything starts: the store is opened before there is a host.</summary>
internal static class NodeOptions
{
    /// <exception cref="JadeStartException">A value cannot be read or is out of range; the message names it.</exception>
    public static T Bind<T>(IHostApplicationBuilder builder, string section)
        where T : class, new()
    {
        builder.Services.AddJadeSection(section, typeof(T));
        var options = new T();
        try
        {
            builder.Configuration.GetSection(section).Bind(options);
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
