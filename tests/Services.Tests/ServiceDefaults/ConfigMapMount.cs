namespace Zakenak.Services.Tests.ServiceDefaults;

/// <summary>A folder as a kubelet mounts ConfigMaps and Secrets: each file is a link into <c>..data</c>, itself a link that is swapped for a whole new version.</summary>
public sealed class ConfigMapMount
{
    private readonly string _folder;
    private int _version;

    public ConfigMapMount(string folder) => _folder = Directory.CreateDirectory(folder).FullName;

    public string PathOf(string file) => Path.Combine(_folder, file);

    /// <summary>Replaces all files by this one.</summary>
    public void Swap(string file, string content)
    {
        var version = $"..{++_version}";
        Directory.CreateDirectory(Path.Combine(_folder, version));
        File.WriteAllText(Path.Combine(_folder, version, file), content);
        File.Delete(Path.Combine(_folder, "..data")); // a kubelet renames over it; File.Move takes no links to folders
        File.CreateSymbolicLink(Path.Combine(_folder, "..data"), version);
        if (!File.Exists(PathOf(file)))
            File.CreateSymbolicLink(PathOf(file), Path.Combine("..data", file));
    }
}
