using System.IO.Pipelines;
using Zakenak.Gateway.Requests;

namespace Zakenak.Gateway.Forwarding;

/// <summary>Sends a client its answer as fast as it takes it, and no slower than it may: who makes no room in time loses its connection, and so its place.</summary>
internal static class PatientWriter
{
    public const string TooSlow = "client_too_slow";

    /// <summary>What Kestrel keeps for one connection before it asks to wait.</summary>
    private const int PartBytes = 64 * 1024;

    /// <summary>Sends what was written; false where the client was cut off.</summary>
    public static ValueTask<bool> FlushAsync(HttpContext context, InferenceRequest request) =>
        Taken(context, request, context.Response.BodyWriter.FlushAsync(context.RequestAborted));

    /// <summary>Sends all of it; false where the client was cut off.</summary>
    public static async ValueTask<bool> WriteAsync(HttpContext context, InferenceRequest request, ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            var part = bytes[..Math.Min(bytes.Length, PartBytes)];

            // In one call: what is written before the headers are, Kestrel copies twice.
            if (!await Taken(context, request, context.Response.BodyWriter.WriteAsync(part, context.RequestAborted)))
                return false;
            bytes = bytes[part.Length..];
            if (bytes.IsEmpty)
                return true;
        }
    }

    private static ValueTask<bool> Taken(HttpContext context, InferenceRequest request, ValueTask<FlushResult> flushed)
    {
        if (!flushed.IsCompletedSuccessfully)
            return new ValueTask<bool>(WaitAsync(context, request, flushed.AsTask()));
        _ = flushed.Result;
        return new ValueTask<bool>(true);
    }

    private static async Task<bool> WaitAsync(HttpContext context, InferenceRequest request, Task flushed)
    {
        try
        {
            await request.Deadline!.ForClient(flushed);
            return true;
        }
        catch (TimeoutException)
        {
            request.Code = TooSlow;
            context.Abort();
            await flushed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return false;
        }
    }
}
