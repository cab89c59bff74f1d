using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Zakenak.ModelTrust;

namespace Zakenak.ModelDelivery;

/// <summary>What goes wrong between a client and the registry, as refusals.</summary>
internal static class RegistryProblem
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxMessage = 512;

    /// <summary>Asking again may help, and nothing was decided.</summary>
    public static bool IsTransient(HttpStatusCode status) => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>The registry's own code and sentence where it gave them.</summary>
    public static async Task<Refusal> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxBytes, cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            using var problem = JsonDocument.Parse(body);
            if (Text(problem, "code") is { Length: > 0 and <= 64 } code && code.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
            {
                return new Refusal(code, Short(Text(problem, "detail") ?? Text(problem, "title") ?? $"The registry answered {status}."));
            }
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException)
        {
            // Not the registry's own words, then.
        }

        return new Refusal(RefusalCodes.RegistryMalformed, $"The registry answered {status} without saying why. Is the address a registry's?");
    }

    public static Refusal Unreachable(Uri? address, Exception e) => new(
        RefusalCodes.RegistryUnreachable,
        $"The registry at {address} could not be asked: {Describe(e)}. Is it running, and is this its address?");

    public static Refusal Silent(Uri? address, TimeSpan limit) => new(
        RefusalCodes.RegistryUnreachable, $"The registry at {address} did not answer within {limit.TotalSeconds:0} s. Try again when it is less busy.");

    public static Refusal Malformed(string what) => new(
        RefusalCodes.RegistryMalformed, $"The registry's answer is not what it must be: {what}. Is the address a registry's, and of this version?");

    public static Refusal Stalled(Patience patience, Refusal? last) => new(
        RefusalCodes.TransferStalled,
        $"Nothing moved for {patience.Limit.TotalSeconds:0} s{(last is null ? "" : $" ({last.Message})")}. Run the same command again: it goes on where it stopped.");

    private static string Describe(Exception e) => e.InnerException switch
    {
        AuthenticationException or SocketException => e.InnerException.Message.TrimEnd('.'),
        IOException inner => "the connection broke (the registry may have refused our certificate): " + inner.Message.TrimEnd('.'),
        _ => e.Message.TrimEnd('.'),
    };

    private static string? Text(JsonDocument problem, string name) =>
        problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static string Short(string text) => text.Length <= MaxMessage ? text : text[..MaxMessage] + "…";
}
