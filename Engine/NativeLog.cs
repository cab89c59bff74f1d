namespace Zakenak.Engine;

/// <summary>Takes one line that the native library wrote: what it loads and why it failed, never what users wrote.</summary>
public delegate void NativeLog(NativeLogLevel level, string line);
