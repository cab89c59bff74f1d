namespace Zakenak.ModelServer.Templates;

/// <summary>What a model's file says of how to talk to it.</summary>
/// <param name="Template">Jinja; null where the model has none.</param>
/// <param name="ToolTemplate">The one for requests with tools, where the model has one of its own for them.</param>
/// <param name="BeginToken">Text of the token that begins a sequence, for <c>bos_token</c>.</param>
/// <param name="EndToken">Text of the token that ends a sequence, for <c>eos_token</c>.</param>
public sealed record ChatTemplateSource(string? Template, string? ToolTemplate = null, string BeginToken = "", string EndToken = "");
