using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>Template, signature and check of SVIDs.</summary>
public static class IssuingSetup
{
    public static void AddIssuing(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<IssuingOptions>("CertAuthority");
        builder.Services.AddSingleton<SvidIssuer>();
        builder.Services.AddInstruments<IssuingMetrics>();
    }
}
