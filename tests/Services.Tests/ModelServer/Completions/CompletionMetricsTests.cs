using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Zakenak.ModelServer.Completions;
using Zakenak.Services.Tests.Audit;

namespace Zakenak.Services.Tests.ModelServer.Completions;

public class CompletionMetricsTests
{
    [Theory]
    [InlineData(1, 11, 0.2)]
    [InlineData(4, 44, 0.2)]
    [InlineData(4, 4, null)]
    [InlineData(1, 1, null)]
    public void The_time_of_a_token_is_that_of_one_answer(int answers, int tokens, double? expected)
    {
        var time = new ManualTime();
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new CompletionMetrics(services.GetRequiredService<IMeterFactory>(), time);
        var told = new List<double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                // Other tests' meters have the same name.
                if (instrument.Name == "gen_ai.server.time_per_output_token" && instrument.Meter.Scope == services.GetRequiredService<IMeterFactory>())
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => told.Add(value));
        listener.Start();
        var report = new RequestReport(time.GetTimestamp()) { FirstToken = time.GetTimestamp(), Usage = new Usage(10, tokens), Answers = answers };

        time.Advance(TimeSpan.FromSeconds(2));
        metrics.Ended(report);

        Assert.Equal(expected is { } seconds ? [seconds] : [], told);
    }
}
