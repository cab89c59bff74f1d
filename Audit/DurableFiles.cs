using System.Runtime.InteropServices;

namespace Zakenak.Audit;

/// <summary>Files of the owner alone that are whole and on disk before they have their name.</summary>
public static class DurableFiles
{
    /// <summary>Everybody but the owner.</summary>
    public const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly TimeSpan _lockPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _lockPatience = TimeSpan.FromSeconds(5);

    /// <summary>Makes a folder, mode 0700; one that exists stays as it is.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Writes a new file, mode 0600, and waits for the disk.</summary>
    public static void WriteSecret(string path, string text) => Write(path, text, OwnerOnly);

    /// <summary>Replaces a file that anyone may read, at once or not at all.</summary>
    public static void ReplacePublic(string path, string text)
    {
        var making = path + ".making";
        File.Delete(making);
        Write(making, text, Readable);
        File.Move(making, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Replaces a file of ours, mode 0600, at once or not at all.</summary>
    public static void ReplaceSecret(string path, string text)
    {
        var making = path + ".making";
        File.Delete(making);
        Write(making, text, OwnerOnly);
        File.Move(making, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Reads a text and replaces it by what is made of it, mode 0600, at once or not at all; whoever else does so with this file waits.</summary>
    /// <param name="path">The file; it may be absent.</param>
    /// <param name="edit">Gets null where there is no file; returns null where nothing is to be changed.</param>
    /// <exception cref="IOException">It can't be read or written, or somebody else holds it for seconds.</exception>
    public static void EditSecret(string path, Func<string?, string?> edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        using var alone = Lock(path + ".lock");
        if (edit(File.Exists(path) ? File.ReadAllText(path) : null) is { } text)
        {
            ReplaceSecret(path, text);
        }
    }

    /// <summary>Opens for writing without a buffer, mode 0600 where it is made.</summary>
    public static FileStream Open(string path, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return new FileStream(path, options);
    }

    /// <summary>On Unix a name is durable once its folder is flushed.</summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Posix.Open(path, 0);
        if (descriptor < 0)
        {
            throw new IOException($"The folder {path} cannot be opened (errno {Marshal.GetLastPInvokeError()}).");
        }

        var failed = Posix.Fsync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Posix.Close(descriptor);
        if (failed)
        {
            throw new IOException($"The folder {path} cannot be flushed (errno {error}).");
        }
    }

    private static FileStream Lock(string path)
    {
        for (var waited = TimeSpan.Zero; ; waited += _lockPause)
        {
            try
            {
                return Open(path, FileShare.None);
            }
            catch (IOException) when (waited < _lockPatience && File.Exists(path))
            {
                Thread.Sleep(_lockPause);
            }
        }
    }

    private static void Write(string path, string text, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        using var file = new FileStream(path, options);
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }

    private static class Posix
    {
        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Fsync(int descriptor);

        [DllImport("libc", EntryPoint = "close")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);
    }
}
