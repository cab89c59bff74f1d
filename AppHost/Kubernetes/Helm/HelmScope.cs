namespace Zakenak.AppHost.Kubernetes.Helm;

/// <summary>What <c>$</c>, the dot and variables are at one place of a template.</summary>
internal sealed class HelmScope
{
    private readonly IReadOnlyDictionary<string, object?> _variables;

    public HelmScope(object root)
        : this(root, root, new Dictionary<string, object?>())
    {
    }

    private HelmScope(object? root, object? dot, IReadOnlyDictionary<string, object?> variables) => (Root, Dot, _variables) = (root, dot, variables);

    public object? Root { get; }

    public object? Dot { get; }

    public HelmScope At(object? dot) => new(Root, dot, _variables);

    public HelmScope With(string name, object? value) => new(Root, Dot, new Dictionary<string, object?>(_variables) { [name] = value });

    public object? Variable(string name) => _variables.TryGetValue(name, out var value) ? value : throw new HelmException($"there is no variable ${name}");
}
