using System.Buffers.Text;
using System.Security.Cryptography;

namespace Zakenak.AppHost.Local;

/// <summary>The login link of the chat page: a token of this run, in a file that only the gateway reads and in the link that only the person at the terminal sees.</summary>
public sealed record ChatLogin(string TokenFile, string Path)
{
    /// <summary>Makes a new token.</summary>
    public static ChatLogin Create(LocalState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(24));
        return new ChatLogin(state.WriteRunSecret("chat-login", token), $"/login?token={token}");
    }
}
