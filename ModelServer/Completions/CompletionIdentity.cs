namespace Zakenak.ModelServer.Completions;

/// <summary>What every part of one completion says of it.</summary>
/// <param name="Id">Of this completion; carries the request id, so that a client's report leads to the log line.</param>
/// <param name="Created">Seconds since the Unix epoch.</param>
/// <param name="Model"><c>name:vN</c>.</param>
public sealed record CompletionIdentity(string Id, long Created, string Model);
