namespace PacsAiWorker.Dicom.Upper;

/// <summary>One association's walk through <see cref="UpperLayerTable"/>. It says what to do; its owner does it.</summary>
internal sealed class UpperLayerMachine(bool requestor)
{
    public UpperLayerState State { get; private set; } = UpperLayerState.Idle;

    /// <exception cref="InvalidOperationException">The table has no such cell: a fault of the program, never of the peer.</exception>
    public UpperLayerAction Next(UpperLayerEvent @event, bool acceptable = true)
    {
        UpperLayerAction action = UpperLayerTable.ActionOf(State, @event);
        if (action == UpperLayerAction.None)
        {
            throw new InvalidOperationException($"Event {@event} cannot happen in state {State} (PS3.8 table 9-10).");
        }

        State = UpperLayerTable.NextOf(action, requestor, acceptable);
        return action;
    }
}
