using Zakenak.Engine;

namespace Zakenak.ModelServer.Batching;

/// <summary>Runs steps on a backend: schedule, decode, apply. Used by one thread only.</summary>
public sealed class Stepper(ILlamaBackend backend, Scheduler scheduler, StepPacer pacer, BatchingMetrics metrics, TimeProvider time)
{
    private const int WarmUpTokens = 64;

    /// <summary>
    /// Decodes these tokens once, so that the first request finds everything paged in. A batch, not a token: prompts take another way
    /// through the weights than answers do.
    /// </summary>
    public void WarmUp(int[] tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        var batch = new BatchToken[Math.Min(backend.BatchTokens, WarmUpTokens)];
        for (var i = 0; i < batch.Length; i++)
        {
            batch[i] = new BatchToken(tokens[i % tokens.Length], i, 0, i == batch.Length - 1);
        }

        if (backend.Decode(batch) != DecodeStatus.Done)
        {
            throw new InvalidOperationException("The backend could not decode the warm-up batch.");
        }

        backend.RemoveCells(0, 0, -1);
    }

    /// <summary>One step.</summary>
    public StepResult Step()
    {
        var started = time.GetTimestamp();
        var batch = scheduler.Schedule();
        MoveCells();
        if (batch.IsEmpty)
        {
            return StepResult.Idle;
        }

        var status = backend.Decode(batch);
        if (status == DecodeStatus.OutOfCells)
        {
            // The books make this impossible unless the backend holds fewer cells than it said. Ending what was in the batch frees theirs.
            foreach (var sequence in scheduler.InBatch())
            {
                scheduler.Remove(sequence, FinishReason.Failed);
            }

            MoveCells();
            return StepResult.BatchFailed;
        }

        if (status != DecodeStatus.Done)
        {
            return StepResult.BackendFailed;
        }

        scheduler.Decoded();
        foreach (var sequence in scheduler.Sampled)
        {
            while (Sample(sequence))
            {
                // The token was guessed: what follows it is chosen as it would be in the next step, only now.
            }
        }

        MoveCells();
        Observe(batch.Length, time.GetElapsedTime(started));
        return StepResult.Decoded;
    }

    private bool Sample(Sequence sequence)
    {
        var sampler = sequence.Sampler ??= backend.CreateSampler(sequence.Sampling);
        var token = backend.Sample(sampler, sequence.LogitsIndex);
        var end = backend.IsEndOfGeneration(token);
        if (!end && sampler.Logprobs is { } logprobs)
        {
            sequence.Logprobs.Enqueue(logprobs);
        }

        return scheduler.Apply(sequence, token, end);
    }

    private void Observe(int tokens, TimeSpan elapsed)
    {
        var prompts = tokens - scheduler.BatchAnswers - scheduler.BatchDrafts;
        metrics.Stepped(tokens, prompts, elapsed);

        // A step with guesses says nothing of how long answers take without them.
        if (scheduler.BatchDrafts == 0)
        {
            pacer.Observe(scheduler.BatchAnswers, prompts, elapsed.TotalMilliseconds);
        }
    }

    private void MoveCells()
    {
        foreach (var operation in scheduler.Operations)
        {
            if (operation.IsCopy)
            {
                backend.CopyCells(operation.Source, operation.Sequence, operation.From, operation.To);
            }
            else
            {
                backend.RemoveCells(operation.Sequence, operation.From, operation.To);
            }
        }

        scheduler.ClearOperations();
    }
}
