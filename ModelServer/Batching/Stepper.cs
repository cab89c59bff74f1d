using Zakenak.Engine;

namespace Zakenak.ModelServer.Batching;

/// <summary>Runs steps on a backend: schedule, decode, apply. Used by one thread only.</summary>
public sealed class Stepper(ILlamaBackend backend, Scheduler scheduler, BatchingMetrics metrics) : IDisposable
{
    private readonly ISampler?[] _samplers = new ISampler?[backend.MaxSequences];

    /// <summary>One step.</summary>
    public StepResult Step()
    {
        var batch = scheduler.Schedule();
        if (batch.IsEmpty)
        {
            return StepResult.Idle;
        }

        var status = backend.Decode(batch);
        if (status == DecodeStatus.OutOfCells)
        {
            // The reservation makes this impossible unless the backend holds fewer cells than it said. Ending what was in the batch frees theirs.
            foreach (var sequence in scheduler.InBatch())
            {
                Remove(sequence, FinishReason.Failed);
            }

            return StepResult.BatchFailed;
        }

        if (status != DecodeStatus.Done)
        {
            return StepResult.BackendFailed;
        }

        metrics.Decoded(batch.Length);
        scheduler.Decoded();
        foreach (var sequence in scheduler.Sampled)
        {
            Apply(sequence);
        }

        return StepResult.Decoded;
    }

    /// <summary>Ends a sequence wherever it is; its cells are free before the next decode.</summary>
    public void Remove(Sequence sequence, FinishReason reason)
    {
        var slot = sequence.Slot;
        scheduler.Remove(sequence, reason);
        Free(slot);
    }

    public void Dispose()
    {
        foreach (var sampler in _samplers)
        {
            sampler?.Dispose();
        }
    }

    private void Apply(Sequence sequence)
    {
        var slot = sequence.Slot;
        var sampler = _samplers[slot] ??= backend.CreateSampler(sequence.Sampling);
        var token = backend.Sample(sampler, sequence.LogitsIndex);
        if (scheduler.Apply(sequence, token, backend.IsEndOfGeneration(token)))
        {
            Free(slot);
        }
    }

    private void Free(int slot)
    {
        if (slot < 0)
        {
            return;
        }

        _samplers[slot]?.Dispose();
        _samplers[slot] = null;
        backend.RemoveCells(slot, 0, -1);
    }
}
