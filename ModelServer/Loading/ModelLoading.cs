using Microsoft.Extensions.Options;
using Zakenak.ModelServer.Batching;
using Zakenak.ModelServer.Completions;
using Zakenak.ModelServer.Watching;
using Zakenak.ServiceDefaults;
using Refusal = Zakenak.ModelTrust.Refusal;

namespace Zakenak.ModelServer.Loading;

/// <summary>
/// Brings the one model of this process up beside the running server, and takes it down. A model that is refused stays refused until
/// somebody acts: the process goes on to say why, since a restart would only read the same bytes again.
/// </summary>
public sealed class ModelLoading(
    IModelSource source,
    ServedModel served,
    VersionWatch watch,
    IOptions<BatchingOptions> batching,
    BatchingMetrics metrics,
    IHostApplicationLifetime lifetime,
    Drain drain,
    TimeProvider time,
    ILogger<ModelLoading> logger) : BackgroundService
{
    private OpenedModel? _opened;
    private EngineThread? _engine;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The web server, registered last, has stopped before: requests under way had the grace period to finish.
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (_engine is not null)
        {
            var ended = await _engine.StopAsync(cancellationToken).ConfigureAwait(false);
            await _engine.DisposeAsync().ConfigureAwait(false);
            if (!ended)
            {
                return; // Native code still runs on what would be freed: the process ends with it.
            }
        }

        _opened?.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A request that comes on a connection that is there already is told to go elsewhere.
        using var stops = lifetime.ApplicationStopping.Register(served.Stop);
        try
        {
            if (await LoadAsync(stoppingToken).ConfigureAwait(false) is { } model && await ServeAsync(model, stoppingToken).ConfigureAwait(false))
            {
                // The context can't be trusted any more, and what broke it may have broken more than that: a new process can be.
                served.Refuse("engine_died", "The engine thread has ended.");
                Log.StoppingWithoutEngine(logger, ExitCodes.EngineDied);
                Environment.ExitCode = ExitCodes.EngineDied;
                lifetime.StopApplication();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The process stops; there is nobody left to tell.
        }
#pragma warning disable CA1031 // Whatever it was: this process has no model, says so, and never answers.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.LoadingFailed(logger, e);
            served.Refuse("model_loading_failed", "Loading the model or watching over it failed; the log says why.");
        }
    }

    /// <summary>True when the engine died.</summary>
    private async Task<bool> ServeAsync(LoadedModel model, CancellationToken stoppingToken)
    {
        using var lastCall = drain.LastCall.Register(() => model.Withdrawal.Cut("server_stopping"));
        if (_opened?.Standing is not { } standing)
        {
            served.Serve(model);
            return await model.Engine.Exited.WaitAsync(stoppingToken).ConfigureAwait(false);
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var watching = watch.RunAsync(model, standing, ended.Token);
        try
        {
            if (await Task.WhenAny(watching, model.Engine.Exited).ConfigureAwait(false) == watching)
            {
                await watching.ConfigureAwait(false);
            }

            return await model.Engine.Exited.WaitAsync(stoppingToken).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<LoadedModel?> LoadAsync(CancellationToken stoppingToken)
    {
        var started = time.GetTimestamp();
        var opening = await source.OpenAsync(Refuse, stoppingToken).ConfigureAwait(false);
        if (opening.Model is not { } opened)
        {
            Refuse(opening.Refusal!);
            return null;
        }

        _opened = opened;
        stoppingToken.ThrowIfCancellationRequested();
        if (opened.Backend.Model.ChatTemplate is null)
        {
            Refuse(new Refusal("chat_template_unknown", "The model has no chat template; it could only be guessed how to talk to it."));
            return null;
        }

        var (template, error) = ChatTemplate.Create(opened.Backend, time);
        if (template is null)
        {
            Refuse(new Refusal("chat_template_unsupported", $"The model's chat template can't be used: {error}."));
            return null;
        }

        var engine = _engine = new EngineThread(opened.Backend, batching.Value, metrics, time, logger);
        await engine.StartAsync([.. opened.Backend.Tokenize("Hello", parseSpecial: false).DefaultIfEmpty(0)]).ConfigureAwait(false);
        var model = new LoadedModel(
            opened.Name, opened.Version, opened.Digest, opened.Sampling, time.GetUtcNow(), opened.Backend, new Vocabulary(opened.Backend), template, engine)
        {
            Standing = opened.Standing,
        };
        Log.Ready(
            logger,
            model.Id,
            model.Digest,
            opened.Backend.Model.Description,
            model.ContextTokens,
            model.Sampling.Temperature,
            model.Sampling.TopP,
            Math.Round(time.GetElapsedTime(started).TotalMilliseconds));
        return model;
    }

    private void Refuse(Refusal refusal)
    {
        // Said once, and again when it is another: what is waited for is asked for every second.
        if (served.Reason.Code != refusal.Code)
        {
            Log.ModelRefused(logger, refusal.Code, refusal.Message);
        }

        served.Refuse(refusal.Code, refusal.Message);
    }
}
