using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>Adds resources that are a line of shell.</summary>
internal static class Shell
{
    public const string Forever = "while :; do sleep 0.05; done";

    public static IResourceBuilder<ExecutableResource> AddShell(this IDistributedApplicationBuilder builder, string name, string script) =>
        builder.AddExecutable(name, "sh", Path.GetTempPath(), "-c", script);

    /// <summary>A web server in a few lines of Python: answers its process id, or what one more line says.</summary>
    public static IResourceBuilder<ExecutableResource> AddWeb(this IDistributedApplicationBuilder builder, string name, string answer = "pass")
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "python3 is not here");
        var script =
            $$"""
            import http.server, os, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_GET(self):
                    status, text, path = 200, str(os.getpid()), self.path
                    {{answer}}
                    self.send_response(status); self.send_header('content-length', str(len(text))); self.end_headers(); self.wfile.write(text.encode())
                def log_message(self, *args): pass
            http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
            """;
        return builder.AddExecutable(name, "python3", Path.GetTempPath(), "-u", "-c", script);
    }
}
