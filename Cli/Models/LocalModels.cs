using Zakenak.ModelTrust;
using Zakenak.ModelTrust.Importing;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.Cli.Models;

/// <summary>Finds the folder of a version by its name: among the repository's own models, then among the adopted ones.</summary>
internal static class LocalModels
{
    public static Result<string> Find(CliContext context, string state, string given)
    {
        var folder = context.Full(given);
        if (Directory.Exists(folder))
        {
            return folder;
        }

        if (VersionArgument.TryParse(given) is not { } version)
        {
            return new Refusal(RefusalCodes.ModelNotFound, $"{given} is neither a folder nor NAME:vN. Name the model's signed folder, or an adopted version.");
        }

        var adopted = new ModelStore(state).VersionDirectory(version.Name, version.Version);
        var own = DevelopmentSuite.RepositoryOf(context.WorkingDirectory) is { } repository ? Path.Combine(repository, "models", version.Name, version.Version) : adopted;
        return Directory.Exists(own) ? own
            : Directory.Exists(adopted) ? adopted
            : new Refusal(RefusalCodes.ModelNotFound, $"There is no {version} here. Adopt one with `zakenak model import FILE --name {version.Name} --version {version.Version} --sign-with KEY`, or name its folder.");
    }
}
