using System.Globalization;

namespace Zakenak.Benchmarks.GatewayLoad.Setting;

/// <summary>What nginx is told: once as a model server with a fixed answer, once as a proxy in front of it.</summary>
internal static class Nginx
{
    /// <summary>Looks like a model server to the gateway: a client certificate is required, and it says what it serves.</summary>
    public static string Backend(int port, Credentials own, string anchors) => Around($$"""
          server {
            listen 127.0.0.1:{{Text(port)}} ssl reuseport;
            ssl_protocols TLSv1.3;
            ssl_certificate {{own.CertificateFile}};
            ssl_certificate_key {{own.KeyFile}};
            ssl_client_certificate {{anchors}};
            ssl_verify_client on;
            ssl_verify_depth 2;
            default_type application/json;
            location = /v1/models { return 200 '{{FixedAnswer.Models}}'; }
            location = /v1/chat/completions { return 200 '{{FixedAnswer.Completion}}'; }
          }
        """);

    public static string Proxy(int port, int backend, Credentials own, string anchors) => Around($$"""
          upstream backend {
            server 127.0.0.1:{{Text(backend)}};
            keepalive 128;
            keepalive_requests 1000000000;
          }
          server {
            listen 127.0.0.1:{{Text(port)}} reuseport;
            location / {
              proxy_pass https://backend;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_ssl_protocols TLSv1.3;
              proxy_ssl_certificate {{own.CertificateFile}};
              proxy_ssl_certificate_key {{own.KeyFile}};
              proxy_ssl_trusted_certificate {{anchors}};
              proxy_ssl_verify on;
              proxy_ssl_verify_depth 2;
              proxy_ssl_name localhost;
            }
          }
        """);

    private static string Around(string servers) => $$"""
        worker_processes auto;
        pid nginx.pid;
        error_log stderr warn;
        events { worker_connections 4096; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          tcp_nodelay on;
          client_body_temp_path body;
          proxy_temp_path proxy;
          fastcgi_temp_path fastcgi;
          uwsgi_temp_path uwsgi;
          scgi_temp_path scgi;
        {{servers}}
        }

        """;

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
