namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>What the backends say, and what they are asked.</summary>
internal static class FixedAnswer
{
    /// <summary>About 600 bytes, without quotes that nginx would have to escape.</summary>
    public const string Completion =
        """{"id":"chatcmpl-0123456789abcdef","object":"chat.completion","created":1790000000,"model":"fixed:v1","choices":[{"index":0,"message":{"role":"assistant","content":"A proxy that adds little should be measured with an answer that costs nothing to make, of the length that a short answer has. This one has about fifty tokens, and always the same ones, so that whatever differs from one request to the next is not the work of the backend but of what stands in front of it."},"finish_reason":"stop"}],"usage":{"prompt_tokens":31,"completion_tokens":57,"total_tokens":88}}""";

    /// <summary>Prompts of 16 lengths, from 8 words to 128.</summary>
    public static IReadOnlyList<string> Requests { get; } = [.. Enumerable.Range(1, 16).Select(i =>
        $$"""{"model":"fixed","messages":[{"role":"system","content":"Answer in a few words."},{"role":"user","content":"{{string.Concat(Enumerable.Repeat("What does a proxy cost that checks everything? ", i))}}"}],"max_tokens":64,"temperature":0.2}""")];

    public static string Models { get; } = ModelList("fixed");

    /// <summary>As a model server lists its one model.</summary>
    public static string ModelList(string name) =>
        $$$"""{"object":"list","data":[{"id":"{{{name}}}:v1","object":"model","created":1790000000,"owned_by":"zakenak","zakenak":{"name":"{{{name}}}","version":"v1","digest":"sha256:{{{new string('0', 64)}}}","stage":"Approved"}}]}""";

    /// <summary>For the backend of streams.</summary>
    public static string StreamRequest(int events) =>
        $$"""{"model":"stream","messages":[{"role":"user","content":"Count."}],"stream":true,"max_tokens":{{events}}}""";
}
