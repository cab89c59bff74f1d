using Zakenak.Gateway.Requests;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Screening.Redaction;

/// <summary>Says what is to be taken out of a request or an answer, by the options in force. Where nothing is, it costs a look at them.</summary>
internal sealed class Redactions(LiveOptions<ScreeningOptions> options, RedactionMetrics metrics)
{
    private volatile Current? _current;

    /// <summary>Who redacts the answer; null where nothing is taken out.</summary>
    public AnswerRedactor? OfAnswer(InferenceRequest request) =>
        Rules().OfAnswer(request.Client!.Tenant, request.Route!.Model.Name) is { } patterns ? new AnswerRedactor(patterns, metrics.OfAnswer) : null;

    /// <summary>Who redacts the request; null where nothing is taken out.</summary>
    public RequestRedactor? OfRequest(InferenceRequest request, string model)
    {
        var name = model.AsSpan();
        var pin = name.IndexOfAny(':', '@');
        return Rules().OfRequest(request.Client!.Tenant, pin < 0 ? model : model[..pin]) is { } patterns ? new RequestRedactor(patterns, metrics.OfRequest) : null;
    }

    private RedactionRules Rules()
    {
        var (now, current) = (options.Current.Redaction, _current);
        if (current is null || !ReferenceEquals(current.Of, now))
            _current = current = new Current(now, new RedactionRules(now));
        return current.Rules;
    }

    private sealed record Current(RedactionOptions Of, RedactionRules Rules);
}
