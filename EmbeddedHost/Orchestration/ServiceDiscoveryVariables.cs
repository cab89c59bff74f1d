using Aspire.Hosting.ApplicationModel;

namespace EmbeddedHost.Orchestration;

/// <summary>The variables by which a process finds the endpoints of another resource.</summary>
internal static class ServiceDiscoveryVariables
{
    public static void Add(Dictionary<string, object> variables, EndpointReferenceAnnotation reference)
    {
        var service = reference.Resource.Name;
        foreach (var endpoint in reference.Resource.GetEndpoints())
        {
            if (!reference.UseAllEndpoints && !reference.EndpointNames.Contains(endpoint.EndpointName))
                continue;

            // NAME_ENDPOINT is what Aspire 13 offers to programs without .NET's service discovery.
            variables[$"{Encode(service).ToUpperInvariant()}_{Encode(endpoint.EndpointName).ToUpperInvariant()}"] = endpoint;

            var index = 0;
            while (!variables.TryAdd($"services__{service}__{endpoint.EndpointName}__{index}", endpoint))
                index++;
        }
    }

    private static string Encode(string name)
    {
        var encoded = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return char.IsAsciiDigit(encoded[0]) ? "_" + encoded : encoded;
    }
}
