using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Zakenak.Audit;

namespace Zakenak.Gateway.State;

/// <summary>A document in a file, which is read again and again: whoever edits it by hand is heard too.</summary>
/// <param name="path">Absolute.</param>
/// <param name="interval">Between two looks at it.</param>
internal sealed class FileStateStore(string path, TimeSpan interval, TimeProvider time) : IStateStore
{
    private const int MaxBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan _lockPatience = TimeSpan.FromSeconds(2);

    public bool IsShared => false;

    public Task<StoredState> ReadAsync(CancellationToken cancellation) => Guarded(() => Task.FromResult(Read()));

    public Task<bool> TryWriteAsync(StoredState expected, byte[] content, CancellationToken cancellation) => Guarded(async () =>
    {
        DurableFiles.CreateFolder(Path.GetDirectoryName(path)!);

        // Another process may have the same file, as in a rolling update on one volume.
        await using var held = await LockAsync(cancellation);
        if (Read().Revision != expected.Revision)
            return false;
        DurableFiles.ReplaceSecret(path, Encoding.UTF8.GetString(content));
        return true;
    });

    public Task WaitForChangeAsync(CancellationToken cancellation) => Task.Delay(interval, time, cancellation);

    public ValueTask DisposeAsync() => default;

    private StoredState Read()
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxBytes)
                throw new StateUnavailableException($"'{path}' is larger than {MaxBytes} bytes.");
            var content = new byte[file.Length];
            file.ReadExactly(content);
            return new StoredState(BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(content)) | 1, content);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new StoredState(0, null);
        }
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return DurableFiles.Open(path + ".lock", FileShare.None);
            }
            catch (IOException) when (time.GetElapsedTime(start) < _lockPatience)
            {
                await Task.Delay(10, cancellation);
            }
        }
    }

    private async Task<T> Guarded<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StateUnavailableException($"'{path}' can't be read or written: {e.Message}", e);
        }
    }
}
