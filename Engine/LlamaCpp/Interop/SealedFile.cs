using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary>
/// A copy of a file in anonymous memory that nobody can write to any more (memfd_create(2), F_ADD_SEALS), with the SHA-256 of exactly
/// those bytes. What was hashed is what the dynamic linker maps, whatever happens to the file in between.
/// </summary>
internal sealed partial class SealedFile : IDisposable
{
    private const uint MfdCloseOnExec = 1;
    private const uint MfdAllowSealing = 2;
    private const uint MfdNoExecSeal = 8; // It can be mapped, not run. Hardened kernels ask for it, those before 6.3 don't know it.
    private const int InvalidArgument = 22;
    private const int FAddSeals = 1033;
    private const int AllSeals = 0x1 | 0x2 | 0x4 | 0x8; // F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE

    private readonly SafeFileHandle _handle;

    private SealedFile(SafeFileHandle handle, byte[] hash)
    {
        _handle = handle;
        Sha256 = hash;
    }

    /// <summary>SHA-256 of the sealed bytes.</summary>
    public byte[] Sha256 { get; }

    /// <summary>A path to the bytes, for this process only and until <see cref="Dispose"/>.</summary>
    public string Path => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    public static SealedFile Copy(string path)
    {
        using var source = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.SequentialScan);
        var descriptor = MemfdCreate(System.IO.Path.GetFileName(path), MfdCloseOnExec | MfdAllowSealing | MfdNoExecSeal);
        if (descriptor < 0 && Marshal.GetLastPInvokeError() == InvalidArgument)
            descriptor = MemfdCreate(System.IO.Path.GetFileName(path), MfdCloseOnExec | MfdAllowSealing);
        if (descriptor < 0)
            throw new IOException($"memfd_create failed with error {Marshal.GetLastPInvokeError()}");

        var memory = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[1 << 16];
            long offset = 0;
            for (int read; (read = RandomAccess.Read(source, buffer, offset)) > 0; offset += read)
            {
                hash.AppendData(buffer, 0, read);
                RandomAccess.Write(memory, buffer.AsSpan(0, read), offset);
            }

            if (Fcntl(descriptor, FAddSeals, AllSeals) != 0)
                throw new IOException($"sealing failed with error {Marshal.GetLastPInvokeError()}");
            return new SealedFile(memory, hash.GetHashAndReset());
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemfdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int descriptor, int command, int argument);
}
