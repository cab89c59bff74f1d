using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Zakenak.Services.Tests.Postgres;

/// <summary>
/// A PostgreSQL of this test class alone, on a Unix socket in a temporary folder, with a new database for whoever asks. Where the programs of Debian's
/// package <c>postgresql</c> are missing, tests that ask for a database are skipped.
/// </summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private string? _binaries;
    private DirectoryInfo? _folder;
    private Process? _server;
    private int _databases;

    public async ValueTask InitializeAsync()
    {
        _binaries = FindBinaries();
        if (_binaries is null)
        {
            return;
        }

        _folder = Directory.CreateTempSubdirectory("zakenak-pg-");
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "nobody", _folder.FullName); // PostgreSQL refuses to run as root
        }

        await RunAsync(AsNobody(Path.Combine(_binaries, "initdb"), "-D", Data, "-U", "zakenak", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"));
        await StartAsync();
    }

    /// <summary>Starts the server, at first and again after <see cref="StopAsync"/>.</summary>
    public async Task StartAsync()
    {
        var server = AsNobody(Path.Combine(_binaries!, "postgres"), "-D", Data, "-c", "listen_addresses=", "-c", $"unix_socket_directories={_folder!.FullName}", "-c", "fsync=off");
        _server = Process.Start(StartOf(server))!;
        _server.OutputDataReceived += (_, _) => { };
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginOutputReadLine();
        _server.BeginErrorReadLine();
        var clock = Stopwatch.StartNew();
        while (!await AnswersAsync())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(90) && !_server.HasExited, "PostgreSQL does not answer.");
            await Task.Delay(20);
        }
    }

    /// <summary>Ends the server as a crash would: every connection breaks, nothing is finished.</summary>
    public async Task StopAsync()
    {
        await RunAsync("kill", "-QUIT", _server!.Id.ToString(CultureInfo.InvariantCulture)); // PostgreSQL's immediate shutdown
        await _server.WaitForExitAsync();
    }

    /// <summary>The connection string of a new, empty database; skips the test where there is no PostgreSQL.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        Assert.SkipWhen(_binaries is null, "PostgreSQL's programs are not installed (Debian's package postgresql)");
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync("create database " + name);
        return ConnectionTo(name);
    }

    /// <summary>Ends every connection to a database and deletes it.</summary>
    public Task DropDatabaseAsync(string connection) => ExecuteAsync($"drop database {new NpgsqlConnectionStringBuilder(connection).Database} with (force)");

    /// <summary>Kills the server process of one connection to a database, one that works if there is one: PostgreSQL then ends all others and recovers from its log, as after a crash.</summary>
    public async Task KillSessionAsync(string connection)
    {
        await using var admin = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
        await admin.OpenAsync();
        await using var command = new NpgsqlCommand("select pid from pg_stat_activity where datname = $1 order by state = 'active' desc limit 1", admin);
        command.Parameters.Add(new NpgsqlParameter { Value = new NpgsqlConnectionStringBuilder(connection).Database });
        var session = Assert.IsType<int>(await command.ExecuteScalarAsync());
        await RunAsync("kill", "-KILL", session.ToString(CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await RunAsync("kill", "-INT", _server.Id.ToString(CultureInfo.InvariantCulture)); // PostgreSQL's fast shutdown
            await _server.WaitForExitAsync();
        }

        NpgsqlConnection.ClearAllPools();
        _server?.Dispose();
        _folder?.Delete(recursive: true);
    }

    private string Data => Path.Combine(_folder!.FullName, "data");

    private string ConnectionTo(string database) => $"Host={_folder!.FullName};Username=zakenak;Database={database};Timeout=60";

    private static string? FindBinaries() =>
        Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(d => File.Exists(Path.Combine(d, "initdb"))).Order().LastOrDefault()
            : null;

    // Executed in place of setpriv, so that the process we start is the server itself.
    private static string[] AsNobody(params string[] command) =>
        Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", .. command] : command;

    private static ProcessStartInfo StartOf(string[] command) => new(command[0], command[1..])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
        WorkingDirectory = "/",
    };

    private static async Task RunAsync(params string[] command)
    {
        using var process = Process.Start(StartOf(command))!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{command[0]}: {await error}");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
        await connection.OpenAsync();
#pragma warning disable CA2100 // our own names
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            // A new connection: one from a pool would be of before a crash.
            await using var connection = new NpgsqlConnection(ConnectionTo("postgres") + ";Pooling=false");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
