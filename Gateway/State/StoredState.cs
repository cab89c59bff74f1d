namespace Zakenak.Gateway.State;

/// <param name="Revision">Another one after every change; 0 where nothing was ever written.</param>
/// <param name="Content">Null where nothing was ever written.</param>
internal sealed record StoredState(long Revision, byte[]? Content);
