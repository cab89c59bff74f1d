using System.Globalization;
using Zakenak.ModelDelivery;

namespace Zakenak.ModelServer.Fetching;

/// <summary>Shows how far a fetch has come: a bar that stays in its line on a terminal, a line now and then elsewhere.</summary>
internal sealed class FetchProgress(TextWriter output, bool isTerminal, string model, TimeProvider time) : IProgress<TransferProgress>
{
    private const int BarWidth = 30;

    private readonly TimeSpan _interval = isTerminal ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private long? _last;

    public void Report(TransferProgress value)
    {
        lock (_gate)
        {
            var whole = value.BytesDone == value.BytesTotal;
            if (_last is { } last && time.GetElapsedTime(last) < _interval && !(whole && value.FilesDone == value.FilesTotal))
            {
                return;
            }

            _last = time.GetTimestamp();
            var share = value.BytesTotal == 0 ? 1 : (double)value.BytesDone / value.BytesTotal;
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"{model}  {share * 100,3:0} %  {value.BytesDone >> 20} of {value.BytesTotal >> 20} MiB  {value.FilesDone} of {value.FilesTotal} files  {value.BytesPerSecond / (1 << 20):0.0} MiB/s");
            if (isTerminal)
            {
                var filled = (int)(share * BarWidth);
                output.Write($"\r[{new string('#', filled)}{new string(' ', BarWidth - filled)}] {text}\e[K");
            }
            else
            {
                output.WriteLine(text);
            }
        }
    }

    /// <summary>Leaves the bar's line, so that what follows has its own.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (isTerminal && _last is not null)
            {
                output.WriteLine();
            }
        }
    }
}
