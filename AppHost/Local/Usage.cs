namespace Zakenak.AppHost.Local;

/// <summary>What <c>--help</c> prints.</summary>
public static class Usage
{
    /// <summary>Prints the options and returns true if the command line asks for them.</summary>
    public static bool IsAsked(string[] args)
    {
        if (!args.Any(arg => arg is "--help" or "-h" or "-?"))
        {
            return false;
        }

        Console.WriteLine("""
            Runs Zakenak on this machine: certificate authority, model registry, feature proxy, model server, gateway, and a dashboard.

              dotnet run --project AppHost
              dotnet run --project AppHost -- --model mymodel:v1

              --model NAME:VERSION   the model to serve (default guide:v1); adopt your own with:
                                     dotnet run --project Cli -- model import FILE.gguf --name NAME --version VERSION --sign-with KEY
              --publish false        leave it to you to push and promote that model; served is what the registry has
              --http-port N          the gateway's plain port, loopback only (default 8080)
              --https-port N         the gateway's TLS port (default 8443)
              --state-dir DIR        keys, certificates, policy, registry and adopted models (default .zakenak beside the solution)
              --ASPNETCORE_URLS URL  the dashboard's address (default http://localhost:18888; port 0 = any free one)
              --verbose              every service's log on this terminal
              --no-dashboard         no dashboard

            Any setting of a service can be set by its environment variable, for example Engine__Threads=2 or Limits__RequestsPerMinute=600.
            Ctrl-C stops everything in reverse order; a second one at once.
            """);
        return true;
    }
}
