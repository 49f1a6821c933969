using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using PacsAiWorker.EndToEnd.Line;

namespace PacsAiWorker.EndToEnd.Hostile;

/// <summary>
/// A sender that stops where the test wants and comes from the loopback address the test wants. PDUs and commands are written here,
/// without the product's own writer.
/// </summary>
internal sealed class RawSender : IDisposable
{
    private const byte Context = 1;
    private const byte CommandLast = 3;
    private const byte DataLast = 2;
    private const int PatienceMs = 60_000;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private RawSender()
    {
    }

    /// <exception cref="SocketException">Nobody takes the connection.</exception>
    public static RawSender Open(int port, string from = "127.0.0.1")
    {
        var sender = new RawSender();
        try
        {
            sender._socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
            sender._socket.ReceiveTimeout = sender._socket.SendTimeout = PatienceMs;
            sender._socket.Connect(IPAddress.Loopback, port);
            return sender;
        }
        catch
        {
            sender.Dispose();
            throw;
        }
    }

    /// <summary>Whether the association was accepted with its one presentation context.</summary>
    /// <param name="window">Operations to be invoked ahead; 1 asks for nothing.</param>
    public bool Associate(string callingAe, PartTen kind, ushort window = 1)
    {
        Send(AssociateRq(callingAe, kind, window));
        var (type, body) = Receive();
        return type == 2 && Accepted(body);
    }

    /// <summary>The command of a C-STORE, whose data set is still to come.</summary>
    public static byte[] StoreRq(ushort messageId, string sopClass, string sopInstance)
    {
        var elements = new List<byte>();
        Element(elements, 0x0002, Uid(sopClass));
        Element(elements, 0x0100, [0x01, 0x00]);
        Element(elements, 0x0110, BitConverter.GetBytes(messageId));
        Element(elements, 0x0700, [0x00, 0x00]);
        Element(elements, 0x0800, [0x01, 0x00]);
        Element(elements, 0x1000, Uid(sopInstance));
        var command = new List<byte>();
        Element(command, 0x0000, BitConverter.GetBytes(elements.Count));
        return Data(CommandLast, [.. command, .. elements]);
    }

    /// <summary>A whole C-STORE request.</summary>
    public static byte[] Store(ushort messageId, PartTen file) => [.. StoreRq(messageId, file.SopClass, file.SopInstance), .. Data(DataLast, file.DataSet)];

    /// <summary>A whole P-DATA-TF with one fragment of a data set, not its last.</summary>
    public static byte[] Fragment(ReadOnlySpan<byte> bytes) => Data(0, bytes);

    /// <summary>The first bytes of a P-DATA-TF that announces more than it brings.</summary>
    public static byte[] Begun(int announced, ReadOnlySpan<byte> bytes)
    {
        var front = new byte[12];
        front[0] = 4;
        BinaryPrimitives.WriteInt32BigEndian(front.AsSpan(2), announced + 6);
        BinaryPrimitives.WriteInt32BigEndian(front.AsSpan(6), announced + 2);
        front[10] = Context;
        return [.. front, .. bytes];
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    /// <summary>The next response: which request it answers, and how.</summary>
    public (ushort MessageId, ushort Status) Response()
    {
        var (type, body) = Receive();
        if (type != 4)
        {
            throw new InvalidOperationException($"A PDU of type {type} came where a response was due.");
        }

        var (messageId, status) = ((ushort)0, (ushort)0xFFFF);
        for (var at = 6; at < body.Length;)
        {
            var element = BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(at + 2));
            var length = BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(at + 4));
            if (element == 0x0120)
            {
                messageId = BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(at + 8));
            }
            else if (element == 0x0900)
            {
                status = BinaryPrimitives.ReadUInt16LittleEndian(body.AsSpan(at + 8));
            }

            at += 8 + length;
        }

        return (messageId, status);
    }

    /// <summary>A-RELEASE, as it should be.</summary>
    public void Release()
    {
        Send([5, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
        Receive();
    }

    public static byte[] AbortPdu => [7, 0, 0, 0, 0, 4, 0, 0, 0, 0];

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] Data(byte control, ReadOnlySpan<byte> bytes)
    {
        var pdu = Begun(bytes.Length, bytes);
        pdu[11] = control;
        return pdu;
    }

    private static void Element(List<byte> into, ushort element, ReadOnlySpan<byte> value)
    {
        into.AddRange(BitConverter.GetBytes((ushort)0));
        into.AddRange(BitConverter.GetBytes(element));
        into.AddRange(BitConverter.GetBytes(value.Length));
        into.AddRange(value);
    }

    private static byte[] Uid(string uid) => Encoding.ASCII.GetBytes(uid.Length % 2 == 0 ? uid : uid + '\0');

    private static byte[] AssociateRq(string callingAe, PartTen kind, ushort window)
    {
        byte[] context = [Context, 0, 0, 0, .. Item(0x30, Encoding.ASCII.GetBytes(kind.SopClass)), .. Item(0x40, Encoding.ASCII.GetBytes(kind.TransferSyntax))];
        byte[] user = [.. Item(0x51, [0, 1, 0, 0]), .. Item(0x52, "1.2.826.0.1.3680043.10.1317.9"u8), .. window == 1 ? [] : Item(0x53, [(byte)(window >> 8), (byte)window, 0, 1])];
        byte[] body =
        [
            0, 1, 0, 0, .. Encoding.ASCII.GetBytes(Installation.AeTitle.PadRight(16)), .. Encoding.ASCII.GetBytes(callingAe.PadRight(16)), .. new byte[32],
            .. Item(0x10, "1.2.840.10008.3.1.1.1"u8), .. Item(0x20, context), .. Item(0x50, user),
        ];
        var length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, body.Length);
        return [1, 0, .. length, .. body];
    }

    private static byte[] Item(byte type, ReadOnlySpan<byte> content) => [type, 0, (byte)(content.Length >> 8), (byte)content.Length, .. content];

    /// <summary>Result 0 in the answer to our one context (PS3.8 9.3.3.2).</summary>
    private static bool Accepted(byte[] body)
    {
        for (var at = 68; at < body.Length; at += 4 + BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(at + 2)))
        {
            if (body[at] == 0x21)
            {
                return body[at + 6] == 0;
            }
        }

        return false;
    }

    /// <summary>Type 0 when the peer closed.</summary>
    private (byte Type, byte[] Body) Receive()
    {
        var header = new byte[6];
        if (!Fill(header))
        {
            return (0, []);
        }

        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(2))];
        return Fill(body) ? (header[0], body) : (0, []);
    }

    private bool Fill(Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var received = _socket.Receive(into);
            if (received == 0)
            {
                return false;
            }

            into = into[received..];
        }

        return true;
    }
}
