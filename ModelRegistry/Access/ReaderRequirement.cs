using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

internal static class ReaderRequirement
{
    private static readonly Refusal _notAllowed = new(StatusCodes.Status403Forbidden, "caller_not_allowed", "This caller may not use the registry.");

    /// <summary>Only callers that may read reach the endpoint; what they may write is checked in it.</summary>
    public static void RequireReader(this IEndpointConventionBuilder builder) => builder.Finally(endpoint =>
    {
        var guarded = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
            context.GetCaller() is { } caller && context.RequestServices.GetRequiredService<RegistryAccess>().MayRead(caller)
                ? guarded(context)
                : context.RefuseAsync(_notAllowed);
    });
}
