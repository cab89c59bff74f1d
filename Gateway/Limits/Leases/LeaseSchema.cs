using Zakenak.Postgres;

namespace Zakenak.Gateway.Limits.Leases;

/// <summary>The tables of leases.</summary>
internal static class LeaseSchema
{
    // This database's own: "zklim" and a number.
    private const long MigrationLock = 0x7a6b_6c69_6d01;

    public static Schema Tables { get; } = new(
        "gateway",
        "limit_schema",
        MigrationLock,
        """
        create table limit_replicas (
            id uuid primary key,
            alive_until timestamptz not null,
            reclaimed_at timestamptz not null);
        create table limit_slices (
            budget text not null,
            replica uuid not null references limit_replicas on delete cascade,
            amount bigint not null check (amount >= 0),
            wanted bigint not null check (wanted >= 0),
            primary key (budget, replica));
        create index on limit_slices (replica);
        """,
        """
        create sequence limit_beats;
        delete from limit_replicas;
        alter table limit_replicas drop column alive_until, drop column reclaimed_at,
            add column beat bigint not null, add column kept_ms bigint not null;
        """);
}
