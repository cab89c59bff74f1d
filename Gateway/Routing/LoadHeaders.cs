using Zakenak.Contracts;

namespace Zakenak.Gateway.Routing;

/// <summary>Where load reports come from: every answer of a model server.</summary>
internal static class LoadHeaders
{
    /// <summary>Takes the report of an answer in. One that is missing or makes no sense changes nothing: routing by it is no promise.</summary>
    public static void TakeLoad(this ModelServer server, HttpResponseMessage answer)
    {
        if (!answer.Headers.NonValidated.TryGetValues(HeaderNames.Load, out var values))
            return;
        foreach (var value in values)
        {
            if (LoadReport.TryParse(value, out var report))
                server.Take(report);
            return;
        }
    }
}
