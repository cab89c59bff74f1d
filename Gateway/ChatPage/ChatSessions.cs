using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Zakenak.Gateway.ChatPage;

/// <summary>
/// Who may use the page: whoever had the login link, for some hours, until the gateway stops. A session is a MAC under a key
/// that only this run of the process knows, so there is nothing to store, to leak or to fill up.
/// </summary>
internal sealed partial class ChatSessions(IOptions<ChatPageOptions> options, TimeProvider time, ILogger<ChatSessions> logger)
{
    public const string CookieName = "zakenak_chat_session";

    private const int MacLength = 32;
    private const int ClaimsLength = 8 + 8 + 16;

    /// <summary>Fewer characters than this can't hold a token that nobody guesses.</summary>
    private const int MinTokenLength = 20;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public TimeSpan Lifetime => options.Value.SessionLifetime;

    /// <summary>Whether this is the login token of this start; read from its file each time and compared in constant time.</summary>
    public bool IsLoginToken(string? token)
    {
        string expected;
        try
        {
            expected = File.ReadAllText(options.Value.LoginTokenFile!).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LoginTokenUnreadable(logger, e.Message);
            return false;
        }

        if (expected.Length < MinTokenLength)
        {
            LoginTokenUnreadable(logger, $"it is shorter than {MinTokenLength} characters");
            return false;
        }

        // Hashes, because the comparison tells different lengths apart at once.
        return CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(expected)), SHA256.HashData(Encoding.UTF8.GetBytes(token ?? "")));
    }

    /// <summary>The value of a new session's cookie.</summary>
    public string Begin()
    {
        Span<byte> session = stackalloc byte[ClaimsLength + MacLength];
        BinaryPrimitives.WriteInt64BigEndian(session, (time.GetUtcNow() + Lifetime).ToUnixTimeSeconds());

        // By both clocks: one may be set back, the other stands still while the machine sleeps.
        BinaryPrimitives.WriteInt64BigEndian(session[8..], time.GetTimestamp() + (long)(Lifetime.TotalSeconds * time.TimestampFrequency));
        RandomNumberGenerator.Fill(session[16..ClaimsLength]);
        HMACSHA256.HashData(_key, session[..ClaimsLength], session[ClaimsLength..]);
        return Base64Url.EncodeToString(session);
    }

    /// <summary>Whether a request brings the cookie of a session of this run.</summary>
    public bool IsOpen(HttpRequest request)
    {
        if (request.Cookies[CookieName] is not { } cookie || cookie.Length != Base64Url.GetEncodedLength(ClaimsLength + MacLength))
            return false;
        Span<byte> session = stackalloc byte[ClaimsLength + MacLength];
        Span<byte> mac = stackalloc byte[MacLength];
        if (Base64Url.DecodeFromChars(cookie, session, out _, out var length) != System.Buffers.OperationStatus.Done || length != session.Length)
            return false;
        HMACSHA256.HashData(_key, session[..ClaimsLength], mac);
        return CryptographicOperations.FixedTimeEquals(mac, session[ClaimsLength..])
            && BinaryPrimitives.ReadInt64BigEndian(session) > time.GetUtcNow().ToUnixTimeSeconds()
            && BinaryPrimitives.ReadInt64BigEndian(session[8..]) > time.GetTimestamp();
    }

    [LoggerMessage(LogLevel.Error, "Failed to read the login token of the chat page: {Reason}")]
    private static partial void LoginTokenUnreadable(ILogger logger, string reason);
}
