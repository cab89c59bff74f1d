namespace Zakenak.CertAuthority;

/// <summary>The entry point.</summary>
public static class Program
{
    public static Task Main(string[] args) => Create(args).RunAsync();

    /// <summary>Builds the service; tests start it in their own process.</summary>
    public static WebApplication Create(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        configure?.Invoke(builder);
        return builder.Build();
    }
}
