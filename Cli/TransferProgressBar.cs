using System.CommandLine;
using Spectre.Console;
using Zakenak.ModelDelivery;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli;

/// <summary>Bars on the terminal while a version is hashed and crosses the wire; nothing where nobody looks.</summary>
internal static class TransferProgressBar
{
    /// <param name="hashing">What the bar of hashing says; null where nothing is hashed first.</param>
    /// <param name="moving">What the bar of the transfer says.</param>
    public static async Task<T> RunAsync<T>(
        CliContext context, ParseResult parsed, string? hashing, string moving, Func<IProgress<HashProgress>?, IProgress<TransferProgress>?, Task<T>> work)
    {
        if (!context.IsInteractive || OutputFormat.IsJson(parsed))
        {
            return await work(null, null);
        }

        return await context.CreateConsole(context.Error).Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .StartAsync(progress => work(
                hashing is null ? null : new Bar<HashProgress>(progress.AddTask(hashing), value => (value.BytesDone, value.BytesTotal, hashing)),
                new Bar<TransferProgress>(
                    progress.AddTask(moving, autoStart: hashing is null),
                    value => (value.BytesDone, value.BytesTotal, $"{moving} ({value.FilesDone} of {value.FilesTotal})"))));
    }

    private sealed class Bar<T>(ProgressTask task, Func<T, (long Done, long Total, string Text)> read) : IProgress<T>
    {
        private readonly Lock _lock = new();

        public void Report(T value)
        {
            var (done, total, text) = read(value);
            lock (_lock)
            {
                if (!task.IsStarted)
                {
                    task.StartTask();
                }

                task.Description = Markup.Escape(text);
                task.MaxValue = Math.Max(total, 1);
                task.Value = done;
            }
        }
    }
}
