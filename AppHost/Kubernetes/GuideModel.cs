namespace Zakenak.AppHost.Kubernetes;

/// <summary>The version that the chart serves unless it is told otherwise: the repository's own.</summary>
internal static class GuideModel
{
    public const string Name = "guide";
    public const string Version = "v1";

    /// <summary>Size of its files, rounded up.</summary>
    public static int SizeMiB(string appHostDirectory)
    {
        var folder = new DirectoryInfo(Path.Combine(appHostDirectory, "..", "models", Name, Version));
        return folder.Exists
            ? (int)((folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) >> 20) + 1)
            : throw new DistributedApplicationException($"The resource 'model-server' cannot be published: {folder.FullName}, whose size decides its memory, is not there.");
    }
}
