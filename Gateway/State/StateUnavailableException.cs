namespace Zakenak.Gateway.State;

/// <summary>State can't be read or written now.</summary>
internal sealed class StateUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
