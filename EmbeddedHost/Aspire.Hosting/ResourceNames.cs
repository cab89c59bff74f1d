namespace Aspire.Hosting;

/// <summary>The rules for names that real Aspire has, so that a model that runs here runs there.</summary>
internal static class ResourceNames
{
    private const int MaxLength = 64;

    public static void Check(string name)
    {
        var problem = name switch
        {
            { Length: 0 or > MaxLength } => $"must be between 1 and {MaxLength} characters long",
            _ when !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') => "must contain only ASCII letters, digits, and hyphens",
            _ when name.Contains("--", StringComparison.Ordinal) => "cannot contain consecutive hyphens",
            _ when !char.IsAsciiLetter(name[0]) => "must start with an ASCII letter",
            _ when name[^1] == '-' => "cannot end with a hyphen",
            _ => null,
        };
        if (problem is not null)
            throw new ArgumentException($"Resource name '{name}' is invalid. Name {problem}.", nameof(name));
    }
}
