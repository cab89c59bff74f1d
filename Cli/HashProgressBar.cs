using System.CommandLine;
using Spectre.Console;
using Zakenak.ModelTrust.Signing;

namespace Zakenak.Cli;

/// <summary>A bar on the terminal while bytes are read; nothing where nobody looks.</summary>
internal static class HashProgressBar
{
    public static T Run<T>(CliContext context, ParseResult parsed, string what, Func<IProgress<HashProgress>?, T> work)
    {
        if (!context.IsInteractive || OutputFormat.IsJson(parsed))
        {
            return work(null);
        }

        return context.CreateConsole(context.Error).Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .Start(progress => work(new Bar(progress.AddTask(Markup.Escape(what)))));
    }

    private sealed class Bar(ProgressTask task) : IProgress<HashProgress>
    {
        public void Report(HashProgress value)
        {
            task.MaxValue = Math.Max(value.BytesTotal, 1);
            task.Value = value.BytesDone;
        }
    }
}
