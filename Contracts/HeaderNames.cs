namespace Zakenak.Contracts;

/// <summary>HTTP header names of our own wire.</summary>
public static class HeaderNames
{
    /// <summary>The gateway's signed <see cref="Grant"/>, a compact JWS.</summary>
    public const string Grant = "x-zakenak-grant";

    /// <summary>One id per request, made by the gateway, in every answer and log line.</summary>
    public const string RequestId = "x-request-id";

    /// <summary>Parameters of a request that the model server doesn't know and ignored.</summary>
    public const string IgnoredParameters = "x-zakenak-ignored-parameters";

    /// <summary>Tokens of a prompt that its grant does not cover, so that the gateway can reserve them and ask again.</summary>
    public const string PromptTokens = "x-zakenak-prompt-tokens";

    /// <summary>How busy a model server is: a <see cref="LoadReport"/>.</summary>
    public const string Load = "x-zakenak-load";

    /// <summary>A client's pin of a version, <c>vN</c>, where its library lets it name a model only.</summary>
    public const string Version = "x-zakenak-version";

    /// <summary>The version that answers, <c>name:vN</c>.</summary>
    public const string Model = "x-zakenak-model";

    /// <summary>On a refusal: tokens that were read and written before it, prompt included. What a client is not given it still took.</summary>
    public const string UsedTokens = "x-zakenak-used-tokens";

    /// <summary>Bytes of an upload that the registry holds; where the next <c>PATCH</c> begins.</summary>
    public const string UploadOffset = "upload-offset";
}
