using System.Runtime.InteropServices;
using System.Text;
using Zakenak.Engine.LlamaCpp.Interop;

namespace Zakenak.Engine.LlamaCpp;

/// <summary>The model's own chat template, applied by llama.cpp, which recognises a fixed set of them by what they contain.</summary>
internal sealed unsafe class ChatTemplate
{
    private readonly byte[]? _template;

    public ChatTemplate(LlamaModelHandle model)
    {
        var template = Llama.ChatTemplate(model, null);
        if (template is not null)
            _template = [.. MemoryMarshal.CreateReadOnlySpanFromNullTerminated(template), 0];
    }

    /// <summary>The prompt, or null if the model has no template or one that is not recognised.</summary>
    public string? Apply(IReadOnlyList<ChatTurn> turns, bool openAssistantTurn)
    {
        if (_template is null)
            return null;

        // Everything in one block: for each turn role and content, each ended by a zero.
        var texts = new MemoryStream();
        var offsets = new int[turns.Count * 2];
        for (var i = 0; i < turns.Count; i++)
        {
            offsets[2 * i] = Append(texts, turns[i].Role);
            offsets[(2 * i) + 1] = Append(texts, turns[i].Content);
        }

        var messages = new LlamaChatMessage[turns.Count];
        fixed (byte* block = texts.GetBuffer())
        fixed (byte* template = _template)
        fixed (LlamaChatMessage* pointer = messages)
        {
            for (var i = 0; i < messages.Length; i++)
                messages[i] = new LlamaChatMessage { Role = block + offsets[2 * i], Content = block + offsets[(2 * i) + 1] };
            return Apply(template, pointer, messages.Length, openAssistantTurn, (int)texts.Length);
        }
    }

    private static string? Apply(byte* template, LlamaChatMessage* messages, int count, bool openAssistantTurn, int textLength)
    {
        var buffer = new byte[textLength + 256 + (64 * count)];
        while (true)
        {
            int length;
            fixed (byte* output = buffer)
                length = Llama.ApplyChatTemplate(template, messages, (nuint)count, openAssistantTurn ? (byte)1 : (byte)0, output, buffer.Length);
            if (length < 0)
                return null;
            if (length <= buffer.Length)
                return Encoding.UTF8.GetString(buffer, 0, length);
            buffer = new byte[length];
        }
    }

    // A zero would end the text early in C, and cut off what the user wrote; U+FFFD says that something was there.
    private static int Append(MemoryStream block, string text)
    {
        var offset = (int)block.Length;
        block.Write(Encoding.UTF8.GetBytes(text.Replace('\0', '\uFFFD')));
        block.WriteByte(0);
        return offset;
    }
}
