using System.Runtime.CompilerServices;

namespace Zakenak;

/// <summary>Programs that tests start: many are killed, and would leave the pipes that they have for debuggers in the temporary folder.</summary>
internal static class ChildPrograms
{
    [ModuleInitializer]
    internal static void StartWithoutPipes() => Environment.SetEnvironmentVariable("DOTNET_EnableDiagnostics", "0");
}
