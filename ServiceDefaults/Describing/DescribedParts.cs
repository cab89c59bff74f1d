using Microsoft.AspNetCore.Builder;

namespace Zakenak.ServiceDefaults;

/// <summary>What the features of a service have said of themselves, before anything is built.</summary>
internal static class DescribedParts
{
    public static IEnumerable<T> Described<T>(this WebApplicationBuilder builder) => builder.Services.Select(s => s.ImplementationInstance).OfType<T>();
}
