namespace PacsAiWorker.Records;

/// <summary>An open transaction: handed to whatever has to be written together. Only this project sees what is behind it.</summary>
public sealed class RecordsTransaction
{
    internal RecordsTransaction(RecordsDatabase database, RecordsContext context) => (Database, Context) = (database, context);

    internal RecordsDatabase Database { get; }

    internal RecordsContext Context { get; }
}
