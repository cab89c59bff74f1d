namespace Zakenak.ModelServer.Templates;

/// <summary>In which of the forms that OpenAI's messages can have a template wants them.</summary>
[Flags]
internal enum MessageForm
{
    /// <summary>Content and arguments as text.</summary>
    Plain = 0,

    /// <summary>Arguments of calls as objects instead.</summary>
    ArgumentsAsObjects = 1,

    /// <summary>Content as a list of parts instead, as templates of models that see pictures want it.</summary>
    ContentInParts = 2,
}
