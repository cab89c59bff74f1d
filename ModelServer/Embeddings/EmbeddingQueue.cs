using Microsoft.Extensions.Options;
using Zakenak.Engine;
using Zakenak.ModelServer.Loading;
using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Embeddings;

/// <summary>
/// Computes embeddings beside the engine thread, one text at a time. The context for them is made at the first request, so that a server
/// that is never asked pays nothing, and kept.
/// </summary>
public sealed class EmbeddingQueue(ServedModel served, IOptions<EmbeddingsOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _lock = new();
    private int _requests;
    private (IEmbeddingBackend Backend, IEmbedder Embedder)? _made;
    private bool _disposed;

    /// <summary>Requests under way.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>A vector for each text, or why there are none.</summary>
    public async Task<(IReadOnlyList<float[]>? Vectors, Refusal? Refusal)> EmbedAsync(
        LoadedModel model, IEmbeddingBackend backend, IReadOnlyList<int[]> texts, CancellationToken aborted)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        try
        {
            return Interlocked.Increment(ref _requests) > options.Value.MaxRequests
                ? (null, new Refusal(StatusCodes.Status429TooManyRequests, "queue_full", "Too many requests are waiting; try again later.", RetryAfterSeconds: 1))
                : await EmbedAllAsync(model, backend, texts, aborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return (null, new Refusal(StatusCodes.Status503ServiceUnavailable, model.Withdrawal.Code, "The model was withdrawn while it answered."));
        }
        finally
        {
            Interlocked.Decrement(ref _requests);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _made?.Embedder.Dispose();
            _made = null;
        }

        _turn.Dispose();
    }

    private async Task<(IReadOnlyList<float[]>?, Refusal?)> EmbedAllAsync(
        LoadedModel model, IEmbeddingBackend backend, IReadOnlyList<int[]> texts, CancellationToken aborted)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(aborted, model.Withdrawal.Token);
        var vectors = new float[texts.Count][];
        for (var i = 0; i < vectors.Length; i++)
        {
            // A turn for each text: one request with a thousand of them lets the others in between.
            await _turn.WaitAsync(end.Token).ConfigureAwait(false);
            try
            {
                var (vector, refusal) = await Task.Run(() => Embed(model, backend, texts[i], end.Token), end.Token).ConfigureAwait(false);
                if (vector is null)
                {
                    return (null, refusal);
                }

                vectors[i] = vector;
            }
            finally
            {
                _turn.Release();
            }
        }

        return (vectors, null);
    }

    private (float[]? Vector, Refusal? Refusal) Embed(LoadedModel model, IEmbeddingBackend backend, int[] tokens, CancellationToken end)
    {
        lock (_lock)
        {
            if (_disposed || !ReferenceEquals(served.Current, model))
            {
                return (null, new Refusal(StatusCodes.Status503ServiceUnavailable, "server_stopping", "The model is being taken down; try again.", RetryAfterSeconds: 1));
            }

            try
            {
                var vector = new float[backend.Embeddings!.Dimensions];
                return EmbedderOf(model, backend).Embed(tokens, vector, end) == DecodeStatus.Done
                    ? (vector, null)
                    : (null, new Refusal(StatusCodes.Status500InternalServerError, "engine_failed", "The model could not embed the text."));
            }
            catch (EngineException e)
            {
                return (null, new Refusal(StatusCodes.Status503ServiceUnavailable, e.Code, "There is no memory for embeddings beside the answers.", RetryAfterSeconds: 5));
            }
        }
    }

    private IEmbedder EmbedderOf(LoadedModel model, IEmbeddingBackend backend)
    {
        if (_made is { } made && ReferenceEquals(made.Backend, backend))
        {
            return made.Embedder;
        }

        _made?.Embedder.Dispose();
        _made = null;
        var embedder = backend.CreateEmbedder(TextAdmission.MaxTextTokens(model, options.Value), options.Value.Threads);
        _made = (backend, embedder);
        return embedder;
    }
}
