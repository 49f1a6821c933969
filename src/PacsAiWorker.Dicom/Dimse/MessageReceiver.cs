using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>What is done with complete commands and with the bytes of their data sets.</summary>
internal interface IMessageTaker
{
    void Command(byte contextId, CommandSet command);

    void Data(ReadOnlyMemory<byte> bytes);

    void DataEnd();
}

/// <summary>
/// Puts fragments together to messages (PS3.7 section 6.3, PS3.8 annex E.2): a command, then its data set if it announced one.
/// Fragments of one message stay in one context and in order; anything else is a <see cref="PduFault"/>.
/// </summary>
internal sealed class MessageReceiver(Func<byte, bool> isAccepted, int maxCommandBytes, long maxDataSetBytes, IMessageTaker taker) : IFragmentTaker
{
    private byte[] command = new byte[512];
    private int commandLength;
    private byte? openContext;
    private bool inData;
    private bool fragmentIsCommand;
    private long dataLength;

    /// <summary>A message has begun and is not yet complete.</summary>
    public bool InMessage => openContext is not null;

    public void Begin(byte contextId, bool isCommand, long length)
    {
        if (!isAccepted(contextId))
        {
            throw PduFault.Invalid($"presentation context {contextId} was not accepted (PS3.8 9.3.5.1)");
        }

        if (openContext is { } open && open != contextId)
        {
            throw PduFault.Dimse($"fragments of presentation contexts {open} and {contextId} are mixed (PS3.8 E.2)");
        }

        if (isCommand == inData)
        {
            throw PduFault.Dimse(isCommand ? "a command stands inside a data set (PS3.8 E.2)" : "a data set came that no command announced (PS3.7 6.3)");
        }

        if (isCommand && commandLength + length > maxCommandBytes)
        {
            throw PduFault.Dimse($"the command set is longer than {maxCommandBytes} bytes, the limit");
        }

        if (!isCommand && (dataLength += length) > maxDataSetBytes)
        {
            throw PduFault.Dimse($"the data set is longer than {maxDataSetBytes} bytes, the limit");
        }

        openContext = contextId;
        fragmentIsCommand = isCommand;
    }

    public void Piece(ReadOnlyMemory<byte> bytes)
    {
        if (!fragmentIsCommand)
        {
            taker.Data(bytes);
            return;
        }

        if (commandLength + bytes.Length > command.Length)
        {
            Array.Resize(ref command, Math.Max(2 * command.Length, commandLength + bytes.Length));
        }

        bytes.Span.CopyTo(command.AsSpan(commandLength));
        commandLength += bytes.Length;
    }

    public void End(bool last)
    {
        if (!last)
        {
            return;
        }

        if (fragmentIsCommand)
        {
            CommandSet set = CommandSet.Parse(command.AsSpan(0, commandLength));
            byte context = openContext!.Value;
            commandLength = 0;
            dataLength = 0;
            inData = set.HasDataSet;
            openContext = inData ? context : null;
            taker.Command(context, set);
            return;
        }

        inData = false;
        openContext = null;
        taker.DataEnd();
    }
}
