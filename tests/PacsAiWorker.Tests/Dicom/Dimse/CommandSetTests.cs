using PacsAiWorker.Dicom.Dimse;
using PacsAiWorker.Dicom.Upper;
using Xunit;

namespace PacsAiWorker.Tests.Dicom.Dimse;

public class CommandSetTests
{
    [Fact]
    public void An_echo_response_is_as_PS3_7_section_9_3_5_2_says()
    {
        byte[] bytes = new byte[CommandSet.MaxBytes];
        int length = new CommandSet { AffectedSopClassUid = "1.2.840.10008.1.1", Field = 0x8030, RespondedTo = 7, Status = 0 }.Write(bytes);
        byte[] expected =
        [
            0, 0, 0x00, 0x00, 4, 0, 0, 0, 66, 0, 0, 0,
            0, 0, 0x02, 0x00, 18, 0, 0, 0, .. "1.2.840.10008.1.1\0"u8,
            0, 0, 0x00, 0x01, 2, 0, 0, 0, 0x30, 0x80,
            0, 0, 0x20, 0x01, 2, 0, 0, 0, 7, 0,
            0, 0, 0x00, 0x08, 2, 0, 0, 0, 0x01, 0x01,
            0, 0, 0x00, 0x09, 2, 0, 0, 0, 0, 0,
        ];
        Assert.Equal(expected, bytes[..length]);
    }

    [Fact]
    public void The_longest_command_fits_its_buffer()
    {
        string uid = new('1', 64);
        byte[] bytes = new byte[CommandSet.MaxBytes];
        int length = new CommandSet
        {
            AffectedSopClassUid = uid,
            RequestedSopClassUid = uid,
            AffectedSopInstanceUid = uid,
            RequestedSopInstanceUid = uid,
            Field = 1,
            MessageId = 1,
            RespondedTo = 1,
            Priority = 1,
            Status = 1,
            EventTypeId = 1,
            ActionTypeId = 1,
            ErrorComment = new string('ä', 500),
        }.Write(bytes);
        CommandSet read = CommandSet.Parse(bytes.AsSpan(0, length));
        Assert.Equal(new string('?', 64), read.ErrorComment);
        Assert.Equal(uid, read.RequestedSopInstanceUid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000000102000000")]
    [InlineData("000000010200000030000000")]
    [InlineData("080000010200000030800000000802000000010100")]
    [InlineData("0000000104000000300000000000000802000000" + "0101")]
    public void What_is_no_command_set_is_a_fault_of_the_user(string hex) =>
        Assert.Equal(AbortCodes.ServiceUser, Assert.Throws<PduFault>(() => CommandSet.Parse(Convert.FromHexString(hex))).AbortSource);

    [Theory]
    [InlineData(0x0000, true, false)]
    [InlineData(0xB000, false, true)]
    [InlineData(0xB006, false, true)]
    [InlineData(0xB007, false, true)]
    [InlineData(0xA700, false, false)]
    [InlineData(0xC000, false, false)]
    [InlineData(0x0122, false, false)]
    public void A_status_is_success_warning_or_failure(ushort status, bool success, bool warning)
    {
        var response = new DimseResponse(status, null);
        Assert.Equal((success, warning), (response.IsSuccess, response.IsWarning));
    }
}
