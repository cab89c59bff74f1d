using System.CommandLine;
using Zakenak.ModelTrust;

namespace Zakenak.Cli.Models;

/// <summary><c>NAME:VERSION</c> on a command line.</summary>
internal static class VersionArgument
{
    public static Argument<ModelVersion> Create(string description) => new("NAME:VERSION")
    {
        Description = description,
        CustomParser = result =>
        {
            if (TryParse(result.Tokens.Single().Value) is { } version)
            {
                return version;
            }

            result.AddError("A version is named NAME:vN, for example guide:v1.");
            return null!;
        },
    };

    public static ModelVersion? TryParse(string text) =>
        text.Split(':') is [var name, var version] && ModelName.Check(name, version) is null ? new ModelVersion(name, version) : null;
}

/// <param name="Version"><c>v1</c>, <c>v2</c>, …</param>
internal sealed record ModelVersion(string Name, string Version)
{
    public override string ToString() => ModelName.Subject(Name, Version);
}
