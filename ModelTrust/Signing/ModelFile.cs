using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.ModelTrust.Signing;

/// <summary>One regular file found in a model's folder.</summary>
/// <param name="Name">Path from the model's root, with <c>/</c>.</param>
/// <param name="Path">Where it is.</param>
internal sealed record ModelFile(string Name, string Path)
{
    /// <summary>Opens the file itself, never what a link points to, and never waits for a pipe's other end.</summary>
    public static Result<SafeFileHandle> Open(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() ? OpenOnLinux(path) : OpenElsewhere(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Missing(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalCodes.FileUnreadable, $"{path} can't be read: {e.Message}");
        }
    }

    public static Refusal Symlink(string path) => new(
        RefusalCodes.SymlinkNotAllowed,
        $"{path} is a symbolic link. Put the file itself there: a link can point to other bytes tomorrow.");

    public static Refusal NotRegular(string path) => new(
        RefusalCodes.PathNotAllowed,
        $"{path} is not a regular file. A model has files and folders only; remove it.");

    private static Refusal Missing(string path) => new(
        RefusalCodes.MissingFile,
        $"{path} does not exist. Get the whole model again from where it was signed.");

    private static Result<SafeFileHandle> OpenElsewhere(string path)
    {
        var info = new FileInfo(path);
        return info.LinkTarget is null
            ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan)
            : Symlink(path);
    }

    private static Result<SafeFileHandle> OpenOnLinux(string path)
    {
        const int NoSuchEntry = 2;
        const int TooManyLinks = 40;
        var descriptor = LinuxNative.Open(path, LinuxNative.OpenRegularFlags, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError() switch
            {
                NoSuchEntry => Missing(path),
                TooManyLinks => Symlink(path),
                var error => new Refusal(RefusalCodes.FileUnreadable, $"{path} can't be read: {Marshal.GetPInvokeErrorMessage(error)}"),
            };
        }

        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (LinuxNative.Stat(descriptor, "", LinuxNative.AtEmptyPath, LinuxNative.StatxType, out var status) == 0 && status.IsRegularFile)
        {
            return handle;
        }

        handle.Dispose();
        return NotRegular(path);
    }
}
