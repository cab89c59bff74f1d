using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.CertAuthority;

/// <summary>How a workload gets its first SVID and its next ones.</summary>
public static class EnrollmentSetup
{
    private const string Policy = "enrollment";

    private static readonly Refusal _tooMany = new(StatusCodes.Status429TooManyRequests, "too_many_requests", "Too many requests for SVIDs; try again.");

    // A request is a CSR of some 300 bytes and a token of some 300; a projected service-account token is larger.
    private const int MaxBodyBytes = 32 * 1024;
    private const int MaxConnections = 1024;

    public static void AddEnrollment(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<EnrollmentKeyOptions>("CertAuthority")
            .Validate<ServiceContext>(
                (options, service) => service.IsDevelopment == options.EnrollmentKeyFile is { Length: > 0 },
                $"CertAuthority:EnrollmentKeyFile: needed in namespace {ServiceContext.DevelopmentNamespace}, and refused elsewhere: whoever has it can be any service.")
            .Validate<ServiceContext>(
                (options, service) => !service.IsDevelopment || options.EnrollmentKeysDirectory is not { Length: > 0 },
                $"CertAuthority:EnrollmentKeysDirectory: refused in namespace {ServiceContext.DevelopmentNamespace}, where EnrollmentKeyFile is the proof.");
        builder.Services.AddSingleton<EnrollmentKeys>();
        builder.Services.AddSingleton<EnrollableServices>();
        builder.Services.AddSingleton<IFirstProof>(s => s.GetRequiredService<IOptions<EnrollmentKeyOptions>>().Value.AsksApiServer
            ? ActivatorUtilities.CreateInstance<ServiceAccountProof>(s)
            : ActivatorUtilities.CreateInstance<SignedTokenProof>(s));
        builder.Services.AddSingleton<EnrollmentGate>();
        builder.Services.AddSingleton<SpentTokens>();
        builder.Services.AddSingleton<EnrollmentApi>();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services.AddRateLimiter(limiter =>
        {
            // A flood of strangers must not keep the known from renewing: each id has its own bucket, strangers share one.
            limiter.AddPolicy(Policy, context => RateLimitPartition.GetTokenBucketLimiter(
                context.GetCaller()?.ToString() ?? "anonymous",
                _ => new TokenBucketRateLimiterOptions { TokenLimit = 200, TokensPerPeriod = 20, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0 }));
            limiter.OnRejected = async (context, _) =>
            {
                context.HttpContext.Response.Headers.RetryAfter = "1";
                context.HttpContext.RequestServices.GetRequiredService<IssuingMetrics>().Refused(_tooMany.Code);
                await context.HttpContext.RefuseAsync(_tooMany).ConfigureAwait(false);
            };
        });
    }

    public static void MapEnrollment(this WebApplication app)
    {
        // Wrong keys or spent tokens that cannot be read stop the start, not the first request.
        _ = app.Services.GetRequiredService<EnrollmentApi>();
        app.UseRateLimiter();
        app.MapPost("/v1/svid", (HttpContext context, EnrollmentApi api) => api.AnswerAsync(context)).RequireRateLimiting(Policy);
    }
}
