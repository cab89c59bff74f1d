using Zakenak.ServiceDefaults;

namespace Zakenak.ModelServer.Completions;

/// <summary>The two ways in which a parameter is wrong.</summary>
public static class RequestRefusals
{
    /// <summary>A value that nobody could serve.</summary>
    public static Refusal Invalid(string param, string message) => new(StatusCodes.Status400BadRequest, "invalid_value", message, param);

    /// <summary>A value that this server does not serve; to ignore it would give another answer than was asked for.</summary>
    public static Refusal Unsupported(string param, string message) => new(StatusCodes.Status400BadRequest, "unsupported_parameter", message, param);
}
