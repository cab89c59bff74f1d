using Npgsql;

namespace Zakenak.Postgres;

public static class Parameter
{
    /// <summary>A parameter of its value's type, without boxing it.</summary>
    public static NpgsqlParameter<T> Value<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };
}
