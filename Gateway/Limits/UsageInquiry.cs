using System.Buffers;
using System.Net;
using Zakenak.Gateway.Forwarding;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Routing;
using Zakenak.Gateway.Screening;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Limits;

/// <summary>
/// Asks model servers what requests took whose answers did not say: the client went away, the answer broke off. Until that is known, or
/// can't be known any more, all that was reserved stays held, and in the end all of it counts.
/// </summary>
internal sealed class UsageInquiry(ModelServerClient client, LiveOptions<LimitsOptions> options, IHostApplicationLifetime lifetime)
{
    /// <summary>At the same time; a reservation beyond it counts in full.</summary>
    private const int MaxOpen = 1024;

    private const int MaxAnswerBytes = 4096;

    /// <summary>A model server lets go within one of its steps.</summary>
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private int _open;

    /// <summary>Settles it, now or when it is known what the request took.</summary>
    public void Settle(TokenReservation reservation, InferenceRequest request)
    {
        if (request.Usage is not null || !reservation.IsOpen || request.Server is not { } server || lifetime.ApplicationStopping.IsCancellationRequested)
        {
            reservation.Settle(request.Usage);
            return;
        }

        if (Interlocked.Increment(ref _open) <= MaxOpen)
        {
            _ = SettleLaterAsync(reservation, server, request.Id);
            return;
        }

        Interlocked.Decrement(ref _open);
        reservation.Settle(null);
    }

    private async Task SettleLaterAsync(TokenReservation reservation, ModelServer server, string request)
    {
        TokenUsage? usage = null;
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
            deadline.CancelAfter(options.Current.UsageTimeout);
            while ((usage = await AskAsync(server, request, deadline.Token)) is null)
                await Task.Delay(_pause, deadline.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // It is gone, or it never heard of the request, or it forgot.
        }
        finally
        {
            reservation.Settle(usage);
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>What it took; null as long as the model server doesn't know.</summary>
    private async Task<TokenUsage?> AskAsync(ModelServer server, string request, CancellationToken cancellation)
    {
        using var question = new HttpRequestMessage(HttpMethod.Get, server.UsageOf(request))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.Invoker.SendAsync(question, cancellation);
        if (answer.StatusCode != HttpStatusCode.OK)
            return null;
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        if (await BoundedBody.ReadAsync(stream, answer.Content.Headers.ContentLength, MaxAnswerBytes, cancellation) is not var (buffer, length))
            return null;
        try
        {
            return UsageTail.ReadObject(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
