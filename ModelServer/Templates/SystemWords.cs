namespace Zakenak.ModelServer.Templates;

/// <summary>Where the server's own words go that belong into a system message: templates differ in what they take.</summary>
internal enum SystemWords
{
    /// <summary>Into a system message of their own, after the conversation's.</summary>
    Apart,

    /// <summary>To the end of the conversation's own system message, for there may be one only.</summary>
    Joined,

    /// <summary>Before what the user says first, for there may be none.</summary>
    WithUser,
}
