namespace Zakenak.Engine.Tests;

/// <summary>
/// Held by a fixture while it computes. Test modules run as processes side by side, and llama.cpp's threads spin at their barriers: two
/// models computing at once on few cores slow each other down many times over. Other test projects link this file.
/// </summary>
internal sealed class EngineLock : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly FileStream _file;

    private EngineLock(FileStream file) => _file = file;

    /// <summary>Waits for the lock; the system frees it when its holder ends, however it ends.</summary>
    public static async Task<EngineLock> AcquireAsync()
    {
        var path = Path.Combine(Path.GetTempPath(), $"zakenak-engine-{Environment.UserName}.lock");
        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                return new EngineLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (DateTime.UtcNow < until)
            {
                await Task.Delay(50);
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
