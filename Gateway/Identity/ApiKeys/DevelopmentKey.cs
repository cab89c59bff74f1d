using System.Security.Cryptography;
using Zakenak.Contracts;

namespace Zakenak.Gateway.Identity.ApiKeys;

/// <summary>The key that the development namespace makes for itself at first run, so that the first request needs no ceremony.</summary>
internal static class DevelopmentKey
{
    public const string Tenant = "dev";

    /// <summary>Reads the key, or makes the file (0600) if there is none.</summary>
    /// <exception cref="InvalidDataException">The file holds something else, or can't be read or made.</exception>
    public static ApiKeyRing.Entry ReadOrCreate(string path, out bool created)
    {
        try
        {
            created = !File.Exists(path) && TryCreate(path);
            var key = File.ReadAllText(path).Trim();
            if (!ApiKey.TryGetId(key, out var id))
                throw new InvalidDataException($"'{path}' does not hold an API key. Delete it and a new one is made.");
            var hash = new byte[SHA256.HashSizeInBytes];
            ApiKey.Hash(key, hash);
            var client = new Client
            {
                KeyId = id.ToString(),
                Tenant = Tenant,
                Scopes = ClientScopes.Default,
                Models = [Client.AnyModel],
                Features = [new FeatureGrant("*", ["*"])],
            };
            return new ApiKeyRing.Entry(client, hash);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The development key '{path}' can't be read or made: {e.Message}");
        }
    }

    /// <summary>False when another process made it first: then that one's key is the key.</summary>
    private static bool TryCreate(string path)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Written beside and moved: nobody ever reads half a key.
        var draft = Path.Combine(directory, "." + Path.GetRandomFileName());
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(draft, options))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(ApiKey.Create() + "\n"));
            stream.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
            return false;
        }
    }
}
