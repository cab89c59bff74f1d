using System.Net;
using System.Net.Sockets;

namespace Zakenak.Services.Tests.ServiceDefaults;

public class FreePortTests
{
    [Fact]
    public void What_is_given_to_one_test_program_is_given_to_no_other()
    {
        var port = FreePort.Next();

        // As another program tries to reserve it, and as the server that it is for listens.
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(() => other.Bind(new IPEndPoint(IPAddress.Loopback, port))).SocketErrorCode);
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
    }
}
