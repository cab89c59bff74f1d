namespace Zakenak.ModelTrust.Policy;

/// <summary>What one identity may do at the registry.</summary>
/// <param name="Identity">A SPIFFE id, compared exactly.</param>
/// <param name="Actions">Of <see cref="RegistryAction"/>.</param>
/// <param name="Models">Names of models, or <c>*</c>.</param>
public sealed record RegistryGrant(string Identity, IReadOnlyList<string> Actions, IReadOnlyList<string> Models)
{
    public bool Allows(string spiffeId, string action, string modelName) =>
        Identity == spiffeId && Actions.Contains(action) && (Models.Contains(ModelPolicy.AnyModel) || Models.Contains(modelName));
}
