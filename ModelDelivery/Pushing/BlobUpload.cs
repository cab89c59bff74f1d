using Microsoft.Win32.SafeHandles;
using Zakenak.Contracts;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery.Pushing;

/// <summary>Sends one file as a blob. The registry says how much of it is there: after a broken connection or a killed process it goes on from that.</summary>
internal sealed class BlobUpload(RegistryClient client, TransferOptions options, TransferMeter meter, Patience patience)
{
    // The registry may forget a broken-off upload while we wait; more than a few times it is not forgetting but failing.
    private const int MaxBeginnings = 3;

    /// <summary>Null once the registry holds the whole blob.</summary>
    public async Task<Refusal?> RunAsync(VersionFile blob, string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.Asynchronous | FileOptions.SequentialScan);
            long reached = 0;
            for (var beginning = 1; ; beginning++)
            {
                var begun = await client.BeginUploadAsync(new UploadRequest(blob.Digest, blob.Bytes), patience.Token).ConfigureAwait(false);
                if (!begun.IsSuccess)
                {
                    return begun.Refusal;
                }

                var state = begun.Value;
                meter.Move((state.Location is null ? blob.Bytes : state.Offset) - reached);
                if (state.Location is null)
                {
                    return null;
                }

                reached = state.Offset;
                var sent = await SendAsync(blob, file, path, state).ConfigureAwait(false);
                reached = sent.Offset;
                if (sent.Refusal is not { Code: RefusalCodes.UploadNotFound } || beginning == MaxBeginnings)
                {
                    return sent.Refusal;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return RegistryProblem.Stalled(patience, null);
        }
    }

    private async Task<(Refusal? Refusal, long Offset)> SendAsync(VersionFile blob, SafeFileHandle file, string path, UploadState state)
    {
        var failures = 0;
        while (state.Location is { } location)
        {
            if (state.Offset < 0 || state.Offset > blob.Bytes)
            {
                return (RegistryProblem.Malformed($"it holds {state.Offset} of {blob.Bytes} bytes"), 0);
            }

            using var slice = new FileSlice(file, path, state.Offset, Math.Min(options.UploadBytes, blob.Bytes - state.Offset), meter);
            var claimed = state.Offset;
            var answer = await client.AppendAsync(location, state.Offset, slice, patience).ConfigureAwait(false);

            // Busy: our own request of before, whose broken connection the registry has not noticed yet.
            if (answer.Refusal is { Code: RefusalCodes.RegistryUnreachable or "upload_busy" } problem)
            {
                failures++;
                answer = await AskAsync(location, failures, problem).ConfigureAwait(false);
            }

            if (!answer.IsSuccess)
            {
                return (answer.Refusal, claimed + slice.Sent);
            }

            // Counted while it went out; what the registry did not keep counts no more.
            meter.Move(answer.Value.Offset - (claimed + slice.Sent));
            failures = answer.Value.Offset > claimed ? 0 : failures + (answer.Value.Location is null ? 0 : 1);
            state = answer.Value;
            if (failures > 0)
            {
                await Task.Delay(Backoff.After(failures), client.Time, patience.Token).ConfigureAwait(false);
            }
        }

        return (null, blob.Bytes);
    }

    /// <summary>Where to go on, asked until somebody answers or nothing has moved for too long.</summary>
    private async Task<Result<UploadState>> AskAsync(string location, int failures, Refusal problem)
    {
        while (true)
        {
            try
            {
                await Task.Delay(Backoff.After(failures++), client.Time, patience.Token).ConfigureAwait(false);
                var state = await client.GetUploadAsync(location, patience.Token).ConfigureAwait(false);
                if (state.Refusal is not { Code: RefusalCodes.RegistryUnreachable })
                {
                    return state;
                }

                problem = state.Refusal;
            }
            catch (OperationCanceledException) when (patience.IsLost)
            {
                return RegistryProblem.Stalled(patience, problem);
            }
        }
    }
}
