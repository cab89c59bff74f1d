namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Where in a template; both count from 1.</summary>
internal readonly record struct Position(int Line, int Column);
