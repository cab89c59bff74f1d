using System.Runtime.Versioning;
using System.Security.Cryptography;
using Zakenak.Contracts;

namespace Zakenak.AppHost.Local;

/// <summary>The folder in which a laptop keeps what must outlive a run: <c>.zakenak/</c> beside the solution, 0700, moved by <c>--state-dir</c> or <c>ZAKENAK_HOME</c>.</summary>
public sealed class LocalState
{
    private const UnixFileMode OwnerOnlyFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // A start that takes longer than this has failed; a token that was never spent is worthless afterwards.
    private static readonly TimeSpan EnrollmentTokenLifetime = TimeSpan.FromMinutes(10);

    private readonly byte[] _enrollmentKey;

    private LocalState(string root)
    {
        Root = root;
        CreateFolder(root);
        RunLock = Lock(Path.Combine(root, "run.lock"));
        CreateFolder(Path.Combine(root, "gateway"));
        CreateFolder(CertAuthority);
        CreateFolder(Trust);
        CreateFolder(Registry);
        CreateFolder(Path.Combine(root, "served"));
        CreateFolder(Run);
        foreach (var spent in Directory.EnumerateFiles(Run, "*.token"))
        {
            File.Delete(spent);
        }

        // Addresses of an earlier run lead nowhere, or to somebody else.
        File.Delete(EndpointsFile);

        // Made anew at every start of the suite, so that a token of an earlier run proves nothing.
        _enrollmentKey = RandomNumberGenerator.GetBytes(32);
        WriteSecret(EnrollmentKeyFile, _enrollmentKey);
    }

    /// <summary>Absolute path of the folder.</summary>
    public string Root { get; }

    public string CertAuthority => Path.Combine(Root, "ca");

    /// <summary>The root certificate of the authority, and whose word counts for models.</summary>
    public string Trust => Path.Combine(Root, "trust");

    public string TrustAnchorsFile => Path.Combine(Trust, "root.pem");

    public string Registry => Path.Combine(Root, "registry");

    public string ApiKeysFile => Path.Combine(Root, "gateway", "keys.json");

    public string GatewayAudit => Path.Combine(Root, "gateway", "audit");

    /// <summary>What administrators have stopped.</summary>
    public string KillsFile => Path.Combine(Root, "gateway", "kills.json");

    public string RolloutsFile => Path.Combine(Root, "gateway", "rollouts.json");

    public string DevelopmentKeyFile => Path.Combine(Root, "dev-api-key");

    public string Models => Path.Combine(Root, "models");

    /// <summary>Highest policy and stage statements that the model server has seen.</summary>
    public string TrustMemoryFile => Path.Combine(Root, "served", "trust-memory.json");

    /// <summary>Where the model server fetches a version to.</summary>
    public string Served(string name, string version) => Path.Combine(Root, "served", name, version);

    public string EndpointsFile => Path.Combine(Run, "endpoints.json");

    public string EnrollmentKeyFile => Path.Combine(Run, "enrollment-key");

    /// <summary>Held for the life of the process: what another run's services were told must not be replaced under them.</summary>
    public FileStream RunLock { get; }

    private string Run => Path.Combine(Root, "run");

    /// <summary>Opens the folder, and makes it at the first run.</summary>
    public static LocalState Open(IDistributedApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var configured = builder.Configuration["state-dir"] ?? builder.Configuration["ZAKENAK_HOME"];
        return new LocalState(Path.GetFullPath(configured ?? Path.Combine(builder.AppHostDirectory, "..", ".zakenak")));
    }

    /// <summary>Writes a fresh, single-use proof that this start of <paramref name="service"/> may enroll, and returns its path.</summary>
    public string NewEnrollmentTokenFile(string service)
    {
        var token = EnrollmentToken.Create(service, "dev", DateTimeOffset.UtcNow + EnrollmentTokenLifetime);
        var path = Path.Combine(Run, $"{service}-{token.Id}.token");
        WriteSecret(path, System.Text.Encoding.ASCII.GetBytes(token.Protect(_enrollmentKey)));
        return path;
    }

    /// <summary>Writes a secret of this run (0600) and returns its path.</summary>
    public string WriteRunSecret(string name, string secret)
    {
        var path = Path.Combine(Run, name);
        WriteSecret(path, System.Text.Encoding.ASCII.GetBytes(secret));
        return path;
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new DistributedApplicationException(
                $"Another run uses {Path.GetDirectoryName(path)}. Stop it, or give this one a folder of its own with --state-dir DIR.", e);
        }
    }

    private static void WriteSecret(string path, ReadOnlySpan<byte> content)
    {
        // A new file, never the old one's content replaced: whoever may read or has opened that one, sees nothing of this.
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        using var file = new FileStream(path, options);
        file.Write(content);
    }

    private static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnlyFolder);
            RequireOwnerOnly(path);
        }
    }

    // A folder that was there keeps its mode when it is "created"; whether to change that is its owner's to say.
    [UnsupportedOSPlatform("windows")]
    private static void RequireOwnerOnly(string folder)
    {
        if ((File.GetUnixFileMode(folder) & ~OwnerOnlyFolder) != 0)
        {
            throw new DistributedApplicationException(
                $"{folder} is open to other users of this machine, and keys are kept there. Close it (chmod 700 '{folder}'), or choose another folder with --state-dir DIR.");
        }
    }
}
