using Zakenak.ModelTrust.Signing;

namespace Zakenak.ModelServer.Loading;

/// <summary>Says every few seconds how far hashing a large model has come; says nothing of a small one.</summary>
internal sealed class VerificationProgress(TimeProvider time, ILogger logger) : IProgress<HashProgress>
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private long _last = time.GetTimestamp();

    public void Report(HashProgress value)
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_last) < s_interval)
            {
                return;
            }

            _last = time.GetTimestamp();
        }

        Log.Verifying(logger, value.BytesDone >> 20, value.BytesTotal >> 20);
    }
}
