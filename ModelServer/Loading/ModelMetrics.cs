using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Zakenak.ModelTrust;

namespace Zakenak.ModelServer.Loading;

/// <summary>Whether the one model of this process may be served, in numbers. Its name comes from configuration, codes from a closed set.</summary>
public sealed class ModelMetrics
{
    private readonly ServedModel _served;
    private readonly KeyValuePair<string, object?> _model;

    public ModelMetrics(IMeterFactory meters, ServedModel served, IOptions<ModelOptions> model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _served = served;
        _model = new("gen_ai.request.model", model.Value.Id);
        var meter = meters.Create("Zakenak.ModelServer");
        meter.CreateObservableGauge("zakenak_model_verified", () => OneIf(served.Current is not null), null, "1 while a model is served, which is verified or it would not be; else 0");
        meter.CreateObservableGauge("zakenak_model_revoked", () => OneIf(served.Reason.Code == RefusalCodes.Revoked), null, "1 once the model was revoked; else 0");
        meter.CreateObservableGauge("zakenak_model_refused", Refused, null, "1 while no model is served, by the code of the reason");
    }

    private Measurement<int> OneIf(bool condition) => new(condition ? 1 : 0, _model);

    private IEnumerable<Measurement<int>> Refused() => _served.Reason.Code is { Length: > 0 } code ? [new(1, _model, new("code", code))] : [];
}
