using Microsoft.Extensions.Options;

namespace Zakenak.ServiceDefaults;

/// <summary>Which service this process is and where it runs.</summary>
public sealed class ServiceContext(string name, IOptions<ServiceOptions> options)
{
    public const string DevelopmentNamespace = "dev";

    /// <summary>Service account, one of <see cref="Contracts.ServiceNames"/>.</summary>
    public string Name { get; } = name;

    public string Namespace => options.Value.Namespace;

    public bool IsDevelopment => Namespace == DevelopmentNamespace;
}
