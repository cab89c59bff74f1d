using System.Text.Json;

namespace Zakenak.Gateway.Protocols.Responses;

/// <summary>What a response repeats of its request: the bytes of some members, and the defaults of those that were not there.</summary>
internal sealed class RequestEcho
{
    private static readonly (string Name, byte[] Default)[] _members =
    [
        ("instructions", "null"u8.ToArray()), ("max_output_tokens", "null"u8.ToArray()), ("metadata", "{}"u8.ToArray()),
        ("parallel_tool_calls", "true"u8.ToArray()), ("temperature", "null"u8.ToArray()), ("text", "{\"format\":{\"type\":\"text\"}}"u8.ToArray()),
        ("tool_choice", "\"auto\""u8.ToArray()), ("tools", "[]"u8.ToArray()), ("top_p", "null"u8.ToArray()),
    ];

    private readonly byte[][] _values;

    public RequestEcho(Members request) =>
        _values = [.. _members.Select(member => request.Take(member.Name, out var value) ? Members.Raw(value).ToArray() : member.Default)];

    public void Write(Utf8JsonWriter json)
    {
        for (var i = 0; i < _members.Length; i++)
            json.WriteRawProperty(_members[i].Name, _values[i]);
    }
}
