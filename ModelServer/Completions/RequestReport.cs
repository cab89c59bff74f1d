using System.Globalization;
using Zakenak.Contracts;

namespace Zakenak.ModelServer.Completions;

/// <summary>What is known of a request at its end, for its one log line and its metrics. Never content.</summary>
public sealed class RequestReport(long started)
{
    /// <summary>Timestamp of its arrival.</summary>
    public long Started { get; } = started;

    /// <summary>OpenTelemetry's GenAI word for what was asked.</summary>
    public string Operation { get; init; } = "chat";

    public string Tenant { get; set; } = "-";

    public string Model { get; set; } = "-";

    public string Digest { get; set; } = "-";

    /// <summary>HTTP status, or 499 where the client went away.</summary>
    public int Status { get; set; }

    /// <summary>OpenAI's word, <c>cancelled</c>, or the code of the refusal.</summary>
    public string FinishReason { get; set; } = "-";

    /// <summary>Code of what ended a stream after its status was sent; null where nothing did.</summary>
    public string? BrokenBy { get; set; }

    /// <summary>Timestamp of the first text that was sent; null where none was.</summary>
    public long? FirstToken { get; set; }

    public Usage Usage { get; set; }

    /// <summary>Answers that were made side by side.</summary>
    public int Answers { get; set; } = 1;

    /// <summary>Tells the gateway what a refused request took, so that it keeps no more reserved.</summary>
    public void WriteUsedTokens(HttpResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (!response.HasStarted)
        {
            response.Headers[HeaderNames.UsedTokens] = Usage.TotalTokens.ToString(CultureInfo.InvariantCulture);
        }
    }
}
