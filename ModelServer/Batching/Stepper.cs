using Zakenak.Engine;

namespace Zakenak.ModelServer.Batching;

/// <summary>Runs steps on a backend: schedule, decode, apply. Used by one thread only.</summary>
public sealed class Stepper(ILlamaBackend backend, Scheduler scheduler, StepPacer pacer, BatchingMetrics metrics, TimeProvider time)
{
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
            var token = backend.Sample(sequence.Sampler ??= backend.CreateSampler(sequence.Sampling), sequence.LogitsIndex);
            var end = backend.IsEndOfGeneration(token);
            if (!end && sequence.Sampler.Logprobs is { } logprobs)
            {
                sequence.Logprobs.Enqueue(logprobs);
            }

            scheduler.Apply(sequence, token, end);
        }

        MoveCells();
        var elapsed = time.GetElapsedTime(started);
        pacer.Observe(scheduler.BatchAnswers, batch.Length - scheduler.BatchAnswers, elapsed.TotalMilliseconds);
        metrics.Stepped(scheduler.BatchAnswers, batch.Length - scheduler.BatchAnswers, elapsed);
        return StepResult.Decoded;
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
