using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Upper;

public class PduTests
{
    private static AssociationRequest Example() => new()
    {
        CalledAe = "WORKER",
        CallingAe = "CART",
        Contexts = [new(1, "1.2.840.10008.1.1", ["1.2.840.10008.1.2"]), new(3, "1.2.3", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"])],
        MaxPdu = 16_384,
        ImplementationClassUid = "1.2.9",
        ImplementationVersionName = "TEST",
        OperationsWindow = new OperationsWindow(8, 1),
        Roles = [new RoleSelection("1.2.3", true, false)],
    };

    [Fact]
    public void A_request_is_read_as_it_was_written()
    {
        byte[] pdu = Example().Write();
        AssociationRequest read = AssociationRequest.Parse(pdu.AsSpan(6));
        Assert.Equal(("WORKER", "CART", 16_384u, "1.2.9", "TEST"), (read.CalledAe, read.CallingAe, read.MaxPdu, read.ImplementationClassUid, read.ImplementationVersionName));
        Assert.Equal(new OperationsWindow(8, 1), read.OperationsWindow);
        Assert.Equal(Example().Roles, read.Roles);
        Assert.Equal([1, 3], read.Contexts.Select(c => (int)c.Id));
        Assert.Equal(["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"], read.Contexts[1].TransferSyntaxes);
        Assert.Equal(pdu, read.Write());
    }

    [Fact]
    public void A_request_stands_on_the_wire_as_PS3_8_section_9_3_2_says()
    {
        byte[] pdu = Example().Write();
        Assert.Equal([0x01, 0x00], pdu[..2]);
        Assert.Equal(pdu.Length - 6, (pdu[4] << 8) + pdu[5]);
        Assert.Equal([0x00, 0x01, 0x00, 0x00], pdu[6..10]);
        Assert.Equal("WORKER          CART            "u8.ToArray(), pdu[10..42]);
        Assert.Equal(new byte[32], pdu[42..74]);
        Assert.Equal([0x10, 0x00, 0x00, 0x15], pdu[74..78]);
        Assert.Equal([0x20, 0x00, 0x00, 0x2E, 0x01, 0x00, 0x00, 0x00, 0x30, 0x00, 0x00, 0x11], pdu[99..111]);
    }

    [Fact]
    public void Items_that_nobody_needs_are_passed_over()
    {
        byte[] identity = [0x58, 0, 0, 9, 1, 0, 0, 3, (byte)'b', (byte)'o', (byte)'b', 0, 0];
        byte[] extended = [0x56, 0, 0, 4, 0, 1, 1, 2];
        byte[] unknown = [0x99, 0, 0, 2, 7, 7];
        byte[] user = [0x50, 0, 0, (byte)(identity.Length + extended.Length), .. identity, .. extended];
        AssociationRequest read = AssociationRequest.Parse([.. Example().Write()[6..], .. unknown, .. user]);
        Assert.NotNull(read.UserIdentity);
        Assert.Equal(2, read.Contexts.Count);
    }

    [Fact]
    public void An_answer_is_read_as_it_was_written()
    {
        AssociationRequest request = Example();
        var ac = new AssociateAc(
            [request.Contexts[0].Accept("1.2.840.10008.1.2"), request.Contexts[1].Refuse(PresentationContext.AbstractSyntaxNotSupported)],
            new UserInformation { MaxPdu = 262_144, ImplementationClassUid = "1.2", ImplementationVersionName = "V", OperationsWindow = new(1, 1) });
        AssociateAc read = AssociateAc.Parse(ac.Write(request).AsSpan(6));
        Assert.Equal((262_144u, "1.2", "V"), (read.User.MaxPdu, read.User.ImplementationClassUid, read.User.ImplementationVersionName));
        Assert.Equal([(1, 0, "1.2.840.10008.1.2"), (3, 3, null)], read.Contexts.Select(c => ((int)c.Id, (int)c.Result, c.Accepted)));
    }

    [Fact]
    public void Short_PDUs_are_ten_bytes()
    {
        Assert.Equal([3, 0, 0, 0, 0, 4, 0, 2, 3, 1], new AssociateRj(2, 3, 1).Write());
        Assert.Equal([5, 0, 0, 0, 0, 4, 0, 0, 0, 0], Release.WriteRq());
        Assert.Equal([6, 0, 0, 0, 0, 4, 0, 0, 0, 0], Release.WriteRp());
        Assert.Equal([7, 0, 0, 0, 0, 4, 0, 0, 2, 6], new Abort(2, 6).Write());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(1)]
    public void A_context_id_that_is_even_or_twice_is_invalid(byte id)
    {
        var request = new AssociationRequest { CalledAe = "A", CallingAe = "B", Contexts = [new(1, "1.2", ["1.2"]), new(id, "1.2", ["1.2"])] };
        PduFault fault = Assert.Throws<PduFault>(() => AssociationRequest.Parse(request.Write().AsSpan(6)));
        Assert.Equal((AbortCodes.ServiceProvider, AbortCodes.InvalidParameter), (fault.AbortSource, fault.AbortReason));
    }

    [Fact]
    public void Every_truncation_of_a_request_is_a_fault_or_a_shorter_request()
    {
        byte[] pdu = Example().Write();
        for (int length = 6; length < pdu.Length; length++)
        {
            try
            {
                AssociationRequest.Parse(pdu.AsSpan(6, length - 6));
            }
            catch (PduFault fault)
            {
                Assert.Equal(AbortCodes.InvalidParameter, fault.AbortReason);
            }
        }
    }
}
