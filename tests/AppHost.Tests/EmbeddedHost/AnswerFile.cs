namespace Zakenak.AppHost.Tests.EmbeddedHost;

/// <summary>Tells a running web resource what to answer.</summary>
internal sealed class AnswerFile : IDisposable
{
    public AnswerFile(string answers) => Say(answers);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());

    public void Say(string answers)
    {
        // Renamed into place: a reader never sees half of it.
        File.WriteAllText(Path + ".new", answers);
        File.Move(Path + ".new", Path, overwrite: true);
    }

    public void Dispose() => File.Delete(Path);
}
