using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Zakenak.ServiceDefaults;

namespace Zakenak.Gateway.Admin;

internal static class AdminSetup
{
    /// <summary>A listener of its own, where only workloads that prove who they are get as far as HTTP.</summary>
    public static void AddAdmin(this WebApplicationBuilder builder)
    {
        builder.Services.AddLiveOptions<AdminOptions>(AdminOptions.Section);
        builder.Services.AddSingleton(new ServicePort("admin", "Admin:Port", "required"));
        builder.Services.AddSingleton<AdminListener>();
        builder.Services.AddSingleton<AdminAccess>();
        builder.Services.AddSingleton<AdminRecord>();
        builder.ListenForWorkloads(
            ClientCertificateMode.RequireCertificate,
            services => services.GetRequiredService<IOptions<AdminOptions>>().Value.Port,
            (services, listen) => services.GetRequiredService<AdminListener>().Bind(listen));
    }

    /// <summary>
    /// What administrators may ask for, under <c>/admin/v1</c>. A branch with routes of its own: whatever clients are given and in whatever
    /// order, the two never meet. <c>GET</c> takes the right to read, everything else the right to write.
    /// </summary>
    public static void MapAdmin(this IApplicationBuilder app, Action<RouteGroupBuilder> map) => app.MapWhen(AdminListener.IsFor, admin =>
    {
        var access = app.ApplicationServices.GetRequiredService<AdminAccess>();
        var record = app.ApplicationServices.GetRequiredService<AdminRecord>();
        admin.Use(next => context =>
        {
            context.SetEndpoint(null); // one for clients
            context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = AdminBody.MaxBytes;
            return next(context);
        });
        admin.UseRouting();
        admin.Use(next => async context =>
        {
            var (caller, changes) = (context.GetCaller(), !HttpMethods.IsGet(context.Request.Method));
            var action = new AdminAction(caller?.ToString() ?? "nobody");
            context.Features.Set(action);
            try
            {
                if ((access.Refuse(caller, changes) ?? (changes ? await record.BeginAsync(context, action) : null)) is { } refusal)
                    await context.RefuseAsync(refusal);
                else
                    await next(context);
            }
            finally
            {
                await record.EndAsync(context, action, changes);
            }
        });
        admin.UseEndpoints(endpoints => map(endpoints.MapGroup("/admin/v1")));
    });

    /// <summary>The action that this request of an administrator is.</summary>
    public static AdminAction Action(this HttpContext context) => context.Features.GetRequiredFeature<AdminAction>();
}
