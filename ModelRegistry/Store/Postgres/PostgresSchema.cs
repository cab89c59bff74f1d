using Zakenak.Postgres;

namespace Zakenak.ModelRegistry;

/// <summary>The registry's tables.</summary>
internal static class PostgresSchema
{
    // Keys of advisory locks, this database's own: "zkreg" and a number.
    private const long MigrationLock = 0x7a6b_7265_6701;

    public static Schema Tables { get; } = new(
        "registry",
        "registry_schema",
        MigrationLock,
        """
        create table registry_versions (
            name text not null,
            version text not null,
            document json not null,
            digest text not null,
            stage text not null,
            revoked boolean not null,
            bytes bigint not null,
            primary key (name, version));
        create table registry_changes (
            id bigint primary key,
            change text not null unique,
            name text not null,
            version text not null,
            kind text not null);
        """);
}
