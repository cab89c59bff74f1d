using System.Runtime.InteropServices;

namespace Zakenak.Engine.LlamaCpp.Interop;

/// <summary><c>llama_chat_message</c> of v0.5.0: 16 bytes, both zero-terminated UTF-8.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LlamaChatMessage
{
    public byte* Role;
    public byte* Content;
}
