namespace Zakenak.AppHost.Local;

/// <summary>The model version that this run serves: <c>--model NAME:VERSION</c>, the guide model unless said otherwise.</summary>
/// <param name="Folder">What is published to the registry; null where that is left to the person (<c>--publish false</c>).</param>
public sealed record ServedModel(string Name, string Version, string? Folder)
{
    private const string Guide = "guide:v1";

    /// <summary>Finds the version among the repository's own models, then among the adopted ones. Whether it may be served is the model server's to verify.</summary>
    public static ServedModel Find(IDistributedApplicationBuilder builder, LocalState state)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(state);
        var asked = builder.Configuration["model"] ?? Guide;
        if (asked.Split(':') is not [{ Length: > 0 } name, { Length: > 0 } version] || !IsPlain(name) || !IsPlain(version))
        {
            throw Refuse($"--model {asked}: a model is named NAME:VERSION, for example {Guide}.");
        }

        if (string.Equals(builder.Configuration["publish"], "false", StringComparison.OrdinalIgnoreCase))
        {
            return new ServedModel(name, version, null);
        }

        var own = Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..", "models"));
        foreach (var models in new[] { own, state.Models })
        {
            var directory = Path.Combine(models, name, version);
            if (System.IO.Directory.Exists(directory))
            {
                return new ServedModel(name, version, directory);
            }
        }

        throw Refuse(
            $"There is no model {asked}. Adopt one with: dotnet run --project Cli -- model import FILE.gguf --name {name} --version {version} --sign-with KEY.pem. "
            + "Or add --publish false, and push it to the registry yourself.");
    }

    private static bool IsPlain(string part) =>
        part.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.') && part[0] != '.';

    private static DistributedApplicationException Refuse(string sentence) => new(sentence);
}
