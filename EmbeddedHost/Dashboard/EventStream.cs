using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EmbeddedHost.Dashboard;

/// <summary>Writes server-sent events, each flushed at once.</summary>
internal sealed class EventStream(HttpContext context)
{
    /// <summary>Often enough that no proxy takes the connection for dead, and that a page that is gone is noticed.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    public static EventStream Begin(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return new(context);
    }

    public async Task SendAsync<T>(T value)
    {
        await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(value, JsonSerializerOptions.Web)}\n\n", context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Waits for the task, with a comment now and then; false when it took so long that one was sent.</summary>
    public async Task<bool> WaitAsync(Task task)
    {
        try
        {
            await task.WaitAsync(KeepAlive, context.RequestAborted).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            await context.Response.WriteAsync(": still here\n\n", context.RequestAborted).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            return false;
        }
    }
}
