using Microsoft.Extensions.Options;
using Zakenak.Gateway.Files;
using Zakenak.Gateway.State;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Rollouts;

/// <summary>
/// Makes the rollouts that the file wants: an item that is new or changed begins a rollout, in place of one under way; one that is taken out ends what it
/// began. A file that makes no sense changes nothing.
/// </summary>
internal sealed partial class RolloutFileWatch(
    SharedState<RolloutBook> state, RolloutJournal journal, LiveOptions<RolloutsOptions> options, IOptions<RolloutsOptions> atStart, TimeProvider time,
    ILogger<RolloutFileWatch> logger) : BackgroundService
{
    private const string By = "file";

    private readonly WatchedFile? _file = atStart.Value.File is { Length: > 0 } path ? new WatchedFile(path) : null;
    private bool _isTaken;

    /// <summary>Why the file as it is was not taken; null where it was.</summary>
    public string? Fault { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (_file is not null && !stoppingToken.IsCancellationRequested)
        {
            if (_file.HasChanged())
                _isTaken = false;
            if (!_isTaken)
                _isTaken = await TakeAsync(_file.Path, stoppingToken);
            await Task.Delay(options.Current.ReloadInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>False where it is to be tried again without a change.</summary>
    private async Task<bool> TakeAsync(string path, CancellationToken cancellation)
    {
        RolloutFile wanted;
        try
        {
            wanted = RolloutFile.Read(path);
        }
        catch (InvalidDataException e)
        {
            if (Fault != e.Message)
                FileRefused(logger, e.Message);
            Fault = e.Message;
            return true;
        }

        Fault = null;
        List<Rollout> changed = [];
        if (await state.ChangeAsync(book => Follow(book, wanted, changed), cancellation) is not null)
            return false;
        foreach (var rollout in changed)
            await journal.ChangedAsync(rollout);
        return true;
    }

    private RolloutBook Follow(RolloutBook book, RolloutFile wanted, List<Rollout> changed)
    {
        changed.Clear();
        var now = time.GetUtcNow();
        foreach (var (model, _) in book.Declared.Where(d => !wanted.Orders.ContainsKey(d.Key)))
        {
            book = book with { Declared = book.Declared.Remove(model) };
            if (book.Find(model) is { IsUnderWay: true } rollout)
                Put(rollout.Ended(RolloutState.Aborted, new(By, now, "taken out of the file of rollouts")));
        }

        foreach (var (model, (order, hash)) in wanted.Orders)
        {
            if (book.Declared.GetValueOrDefault(model) == hash)
                continue;
            book = book with { Declared = book.Declared.SetItem(model, hash) };
            Put(RolloutOrders.Begin(order, order.From!, options.Current, By, now));
        }

        return book;

        void Put(Rollout rollout)
        {
            book = book.With(rollout);
            changed.Add(rollout);
        }
    }

    [LoggerMessage(LogLevel.Error, "Refused the file of rollouts and kept to what was wanted before: {Reason}")]
    private static partial void FileRefused(ILogger logger, string reason);
}
