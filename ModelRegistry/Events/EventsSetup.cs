using Zakenak.ServiceDefaults;

namespace Zakenak.ModelRegistry;

/// <summary>What happened, told to those who watch.</summary>
public static class EventsSetup
{
    public static WebApplicationBuilder AddEvents(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidatedOptions<EventsOptions>("Registry");
        builder.Services.AddSingleton<EventFeed>();
        builder.Services.AddSingleton<EventStream>();
        return builder;
    }

    public static WebApplication MapEvents(this WebApplication app)
    {
        app.MapGet("/v1/events", app.Services.GetRequiredService<EventStream>().AnswerAsync).RequireReader();
        return app;
    }
}
