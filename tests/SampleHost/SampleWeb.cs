using System.Globalization;
using System.Net;
using System.Text;

namespace SampleHost;

/// <summary>A web server on the port that the variable PORT names: answers its process id, or what a line "PATH STATUS TEXT" of a file says.</summary>
internal static class SampleWeb
{
    public static async Task RunAsync(string? answers)
    {
        var port = Environment.GetEnvironmentVariable("PORT");
        using var listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/", $"http://localhost:{port}/" } };
        listener.Start();
        while (true)
        {
            var context = await listener.GetContextAsync();
            var (status, text) = AnswerTo(context.Request.Url!.AbsolutePath, answers);
            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
            context.Response.Close();
        }
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
