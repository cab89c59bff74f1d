using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>Options that are bound to a section and checked before the service starts.</summary>
public static class ValidatedOptions
{
    /// <summary>A wrong value stops start-up with the full configuration key, e.g. <c>Listen:TrafficPort</c>.</summary>
    public static OptionsBuilder<T> AddValidatedOptions<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddSingleton<IValidateOptions<T>>(new Validation<T>(section));
        services.AddSingleton(new DescribedSection(section, typeof(T)));
        return services.AddOptions<T>()
            .Configure<IConfiguration>((options, configuration) => Bind(options, configuration, section))
            .ValidateOnStart();
    }

    private static void Bind<T>(T options, IConfiguration configuration, string section)
        where T : class
    {
        try
        {
            configuration.GetSection(section).Bind(options);
        }
        catch (InvalidOperationException e)
        {
            // The binder names the key but also quotes the value, which may be a secret in the wrong place: keep the cause's words only.
            var key = FindKey(e.Message, section);
            throw new OptionsValidationException(Options.DefaultName, typeof(T), [$"{key}: not a value of the expected type ({Expected(typeof(T), key, section)})."]);
        }
    }

    private static string FindKey(string message, string section)
    {
        var at = message.IndexOf($"'{section}:", StringComparison.OrdinalIgnoreCase);
        var end = at < 0 ? -1 : message.IndexOf('\'', at + 1);
        return end < 0 ? section : message[(at + 1)..end];
    }

    private static string Expected(Type type, string key, string section)
    {
        var property = key.Length > section.Length ? type.GetProperty(key[(section.Length + 1)..]) : null;
        return property?.PropertyType.Name ?? type.Name;
    }

    private sealed class Validation<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            List<ValidationResult> faults = [];
            return Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true)
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail(faults.Select(f => $"{section}:{f.MemberNames.FirstOrDefault() ?? "*"}: {f.ErrorMessage}"));
        }
    }
}
