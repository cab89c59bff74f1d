using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace EmbeddedHost.Processes;

/// <summary>Says whether a TCP port is taken and, where /proc tells, by whom.</summary>
internal static class PortOwner
{
    public static bool IsFree(int port) => CanBind(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanBind(IPAddress.IPv6Loopback, port));

    /// <summary>"process 1234 (nginx)", or "another process".</summary>
    public static string Describe(int port)
    {
        try
        {
            var inodes = ListeningInodes("/proc/net/tcp", port).Concat(ListeningInodes("/proc/net/tcp6", port)).Select(inode => $"socket:[{inode}]").ToHashSet();
            foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
            {
                if (Holds(process, inodes))
                    return $"process {Path.GetFileName(process)} ({File.ReadAllText(Path.Combine(process, "comm")).Trim()})";
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // No /proc here.
        }

        return "another process";
    }

    private static bool CanBind(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException)
        {
            // No such address on this machine (IPv6 off) or not allowed: not "taken". Starting will tell the rest.
            return true;
        }
    }

    // Columns: sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode; state 0A = LISTEN.
    private static string[] ListeningInodes(string table, int port)
    {
        if (!File.Exists(table))
            return [];

        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return File.ReadLines(table).Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(columns => columns.Length > 9 && columns[3] == "0A" && columns[1].EndsWith(suffix, StringComparison.Ordinal))
            .Select(columns => columns[9])
            .ToArray();
    }

    private static bool Holds(string process, HashSet<string> inodes)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd"))
                .Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && inodes.Contains(target));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
