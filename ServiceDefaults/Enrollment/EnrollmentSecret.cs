namespace Zakenak.ServiceDefaults;

/// <summary>The file of a key that signs enrollment tokens.</summary>
public static class EnrollmentSecret
{
    /// <summary>Length of the key in bytes.</summary>
    public const int Bytes = 32;

    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The key, or null with what is wrong with its file.</summary>
    public static byte[]? TryRead(string path, out string? fault)
    {
        try
        {
            // What is open is looked at: the path may be a link, as a mounted secret is, and may change.
            using var file = File.OpenHandle(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0)
            {
                fault = $"{path} is open to other users of this machine, who could enroll in its place; replace the key, and chmod go= its file.";
                return null;
            }

            var key = new byte[Bytes];
            fault = RandomAccess.GetLength(file) == Bytes && RandomAccess.Read(file, key, 0) == Bytes
                ? null
                : $"{path} must hold exactly {Bytes} random bytes; make it anew, e.g. head -c {Bytes} /dev/urandom.";
            return fault is null ? key : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"{path} is not readable ({e.GetType().Name}).";
            return null;
        }
    }
}
