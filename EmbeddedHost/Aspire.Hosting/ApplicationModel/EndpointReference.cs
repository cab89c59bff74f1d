namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint of a resource by name; its address is known once the application starts.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IExpressionValue, IValueWithReferences
{
    public EndpointAnnotation EndpointAnnotation => Find() ?? throw new InvalidOperationException(
        $"The endpoint `{EndpointName}` is not defined for the resource `{Resource.Name}`. It has: {NamesOfAll()}.");

    public IResourceWithEndpoints Resource { get; } = owner ?? throw new ArgumentNullException(nameof(owner));

    public string EndpointName { get; } = endpointName ?? throw new ArgumentNullException(nameof(endpointName));

    IEnumerable<object> IValueWithReferences.References => [Resource];

    public bool IsAllocated => Find()?.AllocatedEndpoint is not null;

    public bool Exists => Find() is not null;

    public bool IsHttp => string.Equals(Scheme, "http", StringComparison.OrdinalIgnoreCase);

    public bool IsHttps => string.Equals(Scheme, "https", StringComparison.OrdinalIgnoreCase);

    public int Port => Allocated.Port;

    public int? TargetPort => EndpointAnnotation.TargetPort;

    public string Host => Allocated.Address;

    public string Scheme => EndpointAnnotation.UriScheme;

    public string Url => Allocated.UriString;

    string IManifestExpressionProvider.ValueExpression => ExpressionOf(EndpointProperty.Url);

    private AllocatedEndpoint Allocated => EndpointAnnotation.AllocatedEndpoint ?? throw new InvalidOperationException(
        $"The endpoint `{EndpointName}` is not allocated for the resource `{Resource.Name}`.");

    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Url);

    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    internal string ExpressionOf(EndpointProperty property) =>
        $"{{{Resource.Name}.bindings.{EndpointName}.{(property == EndpointProperty.IPV4Host ? "host" : char.ToLowerInvariant(property.ToString()[0]) + property.ToString()[1..])}}}";

    private EndpointAnnotation? Find() => Resource.Annotations.OfType<EndpointAnnotation>()
        .SingleOrDefault(annotation => string.Equals(annotation.Name, EndpointName, StringComparison.OrdinalIgnoreCase));

    private string NamesOfAll()
    {
        var names = string.Join(", ", Resource.Annotations.OfType<EndpointAnnotation>().Select(annotation => $"`{annotation.Name}`"));
        return names.Length == 0 ? "none" : names;
    }
}
