using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace EmbeddedHost.Dashboard;

/// <summary>Who gets in: the login token is in the link that is printed at start; it is exchanged for a cookie that scripts cannot read.</summary>
internal sealed class DashboardAccess(string? configuredToken)
{
    private readonly byte[] _session = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(64, lowercase: true));

    public string LoginToken { get; } = string.IsNullOrEmpty(configuredToken) ? RandomNumberGenerator.GetHexString(32, lowercase: true) : configuredToken;

    // Cookies do not know ports: two hosts on one machine must not log each other out.
    public static string CookieName(HttpContext context) => $"embedded-host-{context.Connection.LocalPort}";

    public bool IsLoggedIn(HttpContext context) =>
        context.Request.Cookies.TryGetValue(CookieName(context), out var cookie)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie ?? ""), _session);

    public bool TryLogIn(HttpContext context, string? token)
    {
        // Hashed first, so that the comparison does not tell the length either.
        if (!CryptographicOperations.FixedTimeEquals(Hash(token ?? ""), Hash(LoginToken)))
            return false;

        context.Response.Cookies.Append(CookieName(context), Encoding.ASCII.GetString(_session), new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Path = "/",
            IsEssential = true,
        });
        return true;
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
