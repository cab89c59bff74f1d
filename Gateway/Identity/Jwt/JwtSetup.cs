using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Identity.Jwt;

internal static class JwtSetup
{
    public static void AddJwt(this WebApplicationBuilder builder)
    {
        builder.Services.AddLiveOptions<JwtOptions>(JwtOptions.Section);
        builder.Services.AddSingleton<JwksSources>();
        builder.Services.AddHostedService(s => s.GetRequiredService<JwksSources>());
        builder.Services.AddSingleton<JwtAuthenticator>();
        builder.Services.AddInstruments<JwtMetrics>();
    }
}
