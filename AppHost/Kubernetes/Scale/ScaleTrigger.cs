namespace Zakenak.AppHost.Kubernetes.Scale;

/// <summary>A query to Prometheus, and the value at which another pod is wanted.</summary>
/// <param name="Key">The knob of its threshold.</param>
/// <param name="Kind"><c>AverageValue</c>: divided by the pods there are; <c>Value</c>: as it is.</param>
internal sealed record ScaleTrigger(string Key, string Threshold, string Kind, string Sentence, string Query);
