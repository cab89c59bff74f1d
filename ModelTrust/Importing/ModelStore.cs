namespace Zakenak.ModelTrust.Importing;

/// <summary>Where adopted models lie under the state folder: <c>models/NAME/VERSION</c> and, beside the versions, <c>signers</c>.</summary>
public sealed class ModelStore(string stateDirectory)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string NameDirectory(string name) => Path.Combine(Path.GetFullPath(stateDirectory), "models", name);

    public string VersionDirectory(string name, string version) => Path.Combine(NameDirectory(name), version);

    public string SignersDirectory(string name) => Path.Combine(NameDirectory(name), "signers");

    /// <summary>Creates every missing folder on the way, each for its owner only; .NET would open the ones in between to all.</summary>
    public static void Create(string directory)
    {
        if (Directory.Exists(directory))
        {
            return;
        }

        Create(Path.GetDirectoryName(directory)!);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerOnly);
        }
    }
}
