using System.Diagnostics.CodeAnalysis;
using PacsAiWorker.Dicom.Upper;

namespace PacsAiWorker.Dicom.Dimse;

/// <summary>A complete message with its data set, if it has one.</summary>
internal sealed record IncomingMessage(byte ContextId, CommandSet Command, byte[]? DataSet);

/// <summary>Keeps complete messages in the order they came, data sets in memory.</summary>
/// <param name="mostBytes">Longest data set.</param>
internal sealed class MessageQueue(int mostBytes) : IMessageTaker
{
    private readonly Queue<IncomingMessage> complete = new();
    private byte context;
    private CommandSet current = new();
    private MemoryStream? gathered;

    public bool TryTake([NotNullWhen(true)] out IncomingMessage? message) => complete.TryDequeue(out message);

    public void Command(byte contextId, CommandSet command)
    {
        context = contextId;
        current = command;
        gathered = null;
        if (!command.HasDataSet)
        {
            complete.Enqueue(new(contextId, command, null));
        }
    }

    public void Data(ReadOnlyMemory<byte> bytes)
    {
        gathered ??= new MemoryStream();
        if (gathered.Length + bytes.Length > mostBytes)
        {
            throw PduFault.Dimse($"the data set is longer than {mostBytes} bytes, the limit");
        }

        gathered.Write(bytes.Span);
    }

    public void DataEnd()
    {
        complete.Enqueue(new(context, current, gathered?.ToArray() ?? []));
        gathered = null;
    }
}
