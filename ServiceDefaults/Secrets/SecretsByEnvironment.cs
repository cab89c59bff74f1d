using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>Outside development a secret that arrives by environment or command line stops the start, whether anybody would have read it or not.</summary>
internal sealed class SecretsByEnvironment(IConfiguration configuration, IEnumerable<DescribedSecret> secrets) : IValidateOptions<ServiceOptions>
{
    public ValidateOptionsResult Validate(string? name, ServiceOptions options)
    {
        if (options.Namespace == ServiceContext.DevelopmentNamespace)
        {
            return ValidateOptionsResult.Skip;
        }

        // Whatever stands under ConnectionStrings holds a password, named by us or not.
        var keys = secrets.Select(s => s.Key).Concat(configuration.GetSection("ConnectionStrings").GetChildren().Select(s => s.Path));
        var exposed = keys.Distinct(StringComparer.OrdinalIgnoreCase).Where(configuration.IsExposed).Select(SecretConfiguration.Refusal).ToArray();
        return exposed.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(exposed);
    }
}
