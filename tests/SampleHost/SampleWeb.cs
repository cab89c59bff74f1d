using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace SampleHost;

/// <summary>A web server on the port that the variable PORT names: answers its process id, or what a line "PATH STATUS TEXT" of a file says.</summary>
internal static class SampleWeb
{
    public static async Task RunAsync(string? answers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        var port = int.Parse(Environment.GetEnvironmentVariable("PORT")!, CultureInfo.InvariantCulture);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        await using var web = builder.Build();
        web.Run(context =>
        {
            (context.Response.StatusCode, var text) = AnswerTo(context.Request.Path, answers);
            return context.Response.WriteAsync(text);
        });
        await web.RunAsync();
    }

    private static (int Status, string Text) AnswerTo(string path, string? answers)
    {
        var line = answers is not null && File.Exists(answers)
            ? File.ReadLines(answers).Select(item => item.Split(' ', 3)).FirstOrDefault(item => item[0] == path)
            : null;
        return line is null
            ? (200, Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            : (int.Parse(line[1], CultureInfo.InvariantCulture), line[2]);
    }
}
