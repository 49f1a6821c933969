using System.Buffers.Binary;

namespace PacsAiWorker.Dicom.Upper;

/// <summary>Takes the fragments of P-DATA-TF PDUs, in pieces as they come off the wire.</summary>
internal interface IFragmentTaker
{
    /// <summary>A PDV begins; throws <see cref="PduFault"/> if it may not.</summary>
    void Begin(byte contextId, bool command, long length);

    /// <summary>Some of its bytes, valid until the wire's buffer is reused.</summary>
    void Piece(ReadOnlyMemory<byte> bytes);

    /// <summary>The PDV is complete.</summary>
    void End(bool last);
}

/// <summary>Reads PDUs off a wire (PS3.8 section 9.3). P-DATA-TF is a countdown, never an allocation.</summary>
/// <param name="wire">Where they come from.</param>
/// <param name="wholePdu">Waiting for the rest of a PDU once begun; null: what was allowed for its beginning covers the rest.</param>
/// <param name="maxPdu">Longest P-DATA-TF, as announced.</param>
/// <param name="taker">Takes the fragments.</param>
internal sealed class PduReader(Wire wire, TimeSpan? wholePdu, int maxPdu, IFragmentTaker taker)
{
    /// <summary>Some peers count header bytes that do not count: one PDU and one PDV header are tolerated.</summary>
    private const int Tolerance = 12;

    private uint length;

    /// <summary>Whether a PDU, or the peer's close, comes within a time; if not, nothing is lost and the wire can be used on.</summary>
    /// <exception cref="WireException">The connection is lost.</exception>
    public bool Begins(TimeSpan within)
    {
        wire.Allow(within);
        try
        {
            wire.TryNeed(1);
            return true;
        }
        catch (WireException e) when (e.TimedOut)
        {
            return false;
        }
    }

    /// <summary>Waits for a header: the event its type is, or TransportClosed.</summary>
    /// <exception cref="WireException">Silent for longer than <paramref name="idle"/>, or broken off.</exception>
    public UpperLayerEvent Next(TimeSpan idle)
    {
        wire.Allow(idle);
        if (!wire.TryNeed(1))
        {
            return UpperLayerEvent.TransportClosed;
        }

        byte type = wire.Need(1).Span[0];
        UpperLayerEvent @event = PduType.EventOf(type);
        if (@event == UpperLayerEvent.InvalidPdu)
        {
            throw new PduFault(AbortCodes.ServiceProvider, AbortCodes.UnrecognizedPdu, type is TlsChannel.HandshakeRecord or TlsChannel.AlertRecord
                ? "the peer speaks TLS where plain DICOM is spoken here: no PDU of PS3.8 9.3.1"
                : "what arrived is no PDU of PS3.8 9.3.1");
        }

        if (wholePdu is { } whole)
        {
            wire.Allow(whole);
        }

        length = BinaryPrimitives.ReadUInt32BigEndian(wire.Need(PduType.HeaderBytes).Span[2..]);
        wire.Take(PduType.HeaderBytes);
        return @event;
    }

    /// <summary>The body of a PDU other than P-DATA-TF, whole.</summary>
    public byte[] Body()
    {
        if (length > PduType.MaxControlBytes)
        {
            throw PduFault.Invalid($"a PDU of {length} bytes is longer than {PduType.MaxControlBytes}, the limit");
        }

        byte[] body = new byte[length];
        wire.ReadInto(body);
        return body;
    }

    /// <summary>The body of a P-DATA-TF, handed on PDV by PDV.</summary>
    public void Data()
    {
        if (length > maxPdu + Tolerance)
        {
            throw PduFault.Invalid($"a P-DATA-TF of {length} bytes is longer than the {maxPdu} announced (PS3.8 D.1)");
        }

        long left = length;
        while (left > 0)
        {
            if (left < DataTf.PdvHeaderBytes)
            {
                throw PduFault.Invalid("a presentation data value does not fit its PDU (PS3.8 9.3.5.1)");
            }

            ReadOnlySpan<byte> header = wire.Need(DataTf.PdvHeaderBytes).Span;
            uint pdv = BinaryPrimitives.ReadUInt32BigEndian(header);
            byte contextId = header[4];
            byte control = header[5];
            if (pdv < 2 || pdv > left - 4)
            {
                throw PduFault.Invalid($"a presentation data value of {pdv} bytes does not fit its PDU (PS3.8 9.3.5.1)");
            }

            wire.Take(DataTf.PdvHeaderBytes);
            left -= 4 + pdv;
            Fragment(contextId, control, pdv - 2);
        }
    }

    private void Fragment(byte contextId, byte control, long bytes)
    {
        taker.Begin(contextId, (control & DataTf.Command) != 0, bytes);
        while (bytes > 0)
        {
            ReadOnlyMemory<byte> piece = wire.TakeSome(bytes);
            taker.Piece(piece);
            bytes -= piece.Length;
        }

        taker.End((control & DataTf.Last) != 0);
    }
}
