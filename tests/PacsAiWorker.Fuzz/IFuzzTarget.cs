namespace PacsAiWorker.Fuzz;

/// <summary>Something that takes hostile bytes. It may refuse them; it may not crash, hang or grow without bound.</summary>
public interface IFuzzTarget
{
    /// <summary>The word on the command line.</summary>
    string Name { get; }

    /// <summary>Valid inputs to begin with.</summary>
    IEnumerable<byte[]> Seeds();

    /// <summary>
    /// Feeds one input. An exception that is not the target's documented refusal is a finding.
    /// </summary>
    /// <returns>What the target made of it in few words without values: inputs with new words join the corpus.</returns>
    string Run(byte[] input);
}
