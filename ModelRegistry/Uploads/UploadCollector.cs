namespace Zakenak.ModelRegistry;

/// <summary>Deletes uploads that nobody goes on with, so that an interrupted client costs disk for a while and not for ever.</summary>
internal sealed class UploadCollector(UploadStore uploads, TimeProvider time, ILogger<UploadCollector> logger) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        do
        {
            try
            {
                if (uploads.Collect() is > 0 and var collected)
                {
                    Log.UploadsCollected(logger, collected);
                }
            }
            catch (Exception e) when (e.IsDiskFault())
            {
                Log.WriteFailed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}
