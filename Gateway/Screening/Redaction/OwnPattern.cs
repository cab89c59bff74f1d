namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>A regular expression whose matches are taken out.</summary>
internal sealed class OwnPattern
{
    /// <summary>In .NET's syntax. Its matches have a bound: <c>{1,64}</c> instead of <c>+</c>; of what is around a match only <c>\b</c> and <c>\B</c> can be asked.</summary>
    public string Regex { get; set; } = "";

    /// <summary>Whether letters match in either case.</summary>
    public bool IgnoreCase { get; set; }
}
