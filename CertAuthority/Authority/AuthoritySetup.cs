using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Zakenak.Audit;
using Zakenak.Contracts;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>The keys of the trust domain and its bundle.</summary>
public static class AuthoritySetup
{
    public static void AddAuthority(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<AuthorityOptions>("CertAuthority");
        builder.Services.AddSingleton(s => AuthorityFolder.Open(s.GetRequiredService<IOptions<AuthorityOptions>>().Value.Directory!));
        builder.Services.AddSingleton(s => Authority.Open(
            s.GetRequiredService<AuthorityFolder>(),
            s.GetRequiredService<IOptions<WorkloadIdentityOptions>>().Value,
            FurtherRoots(s.GetRequiredService<IOptions<AuthorityOptions>>().Value.AdditionalRootsFile),
            s.GetRequiredService<IOptions<IssuingOptions>>().Value.SvidLifetime,
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<Authority>>()));
        builder.Services.AddSingleton(s => AuditKey.Open(s.GetRequiredService<AuthorityFolder>(), s.GetRequiredService<ILogger<AuditKey>>()));
        builder.Services.AddSingleton(OpenAudit);
        builder.Services.AddHealthChecks().AddCheck<AuthorityHealth>("authority");
    }

    /// <summary>The bundle is no secret: whoever wants to check us may have it.</summary>
    public static void MapBundle(this WebApplication app) =>
        app.MapGet("/v1/bundle", (Authority authority) => new BundleResponse(
            authority.Bundle.TrustDomain, Encode(authority.Bundle.Roots), Encode(authority.Bundle.Issuing)));

    internal static string[] Encode(IEnumerable<X509Certificate2> certificates) =>
        [.. certificates.Select(c => Convert.ToBase64String(c.RawData))];

    private static IReadOnlyList<X509Certificate2> FurtherRoots(string? file) => string.IsNullOrEmpty(file)
        ? []
        : TrustAnchors.TryLoad(file, out var reason) ?? throw new StartRefusedException($"CertAuthority:AdditionalRootsFile: {reason}.", ExitCodes.Misconfigured);

    private static AuditLog OpenAudit(IServiceProvider services)
    {
        var folder = services.GetRequiredService<AuthorityFolder>();
        var logger = services.GetRequiredService<ILogger<AuditLog>>();
        var options = new AuditLogOptions
        {
            Directory = Path.Combine(folder.Path, "audit"),
            Name = ServiceNames.CertAuthority,
            CheckpointKey = services.GetRequiredService<AuditKey>().Key,
            OnCheckpoint = checkpoint => Log.Checkpointed(logger, checkpoint.ToString()),
        };
        try
        {
            return AuditLog.Open(options, services.GetRequiredService<TimeProvider>());
        }
        catch (Exception e) when (e is AuditDamagedException or AuditUnavailableException)
        {
            throw new StartRefusedException("The audit log cannot be continued, and nothing is issued unrecorded. " + e.Message, inner: e);
        }
    }
}
