using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Zakenak.Gateway.Admin;

/// <summary>The listener for administrators; known once it has started.</summary>
internal sealed class AdminListener
{
    private ListenOptions? _listen;

    public Uri Url => new($"https://{_listen!.IPEndPoint}");

    public void Bind(ListenOptions listen)
    {
        _listen = listen;
        listen.Use(next => connection =>
        {
            connection.Features.Set(Connection.Instance);
            return next(connection);
        });
    }

    /// <summary>Whether a request came in by it.</summary>
    public static bool IsFor(HttpContext context) => context.Features.Get<Connection>() is not null;

    private sealed class Connection
    {
        public static Connection Instance { get; } = new();
    }
}
