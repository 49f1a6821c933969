using System.CommandLine;
using PacsAiWorker.Commands;
using PacsAiWorker.Inference.Imaging.Codecs;
using PacsAiWorker.Inference.Runtime.Trials;

// A decoding process of the worker: nothing else of the program is started in it.
if (args is [CodecOptions.ChildCommand])
{
    return CodecChild.Run();
}

// A process that tries model packages: likewise.
if (args is [TrialOptions.ChildCommand])
{
    return TrialChild.Run();
}

// The table of contents: what a person can ask of the worker.
var root = new RootCommand("Receives ultrasound over DICOM, scores it with AI models, reports to the PACS and orders the reading list.")
{
    // The worker
    RunCommand.Create(),
    DemoCommand.Create(),

    // DICOM by hand
    SimulateCommand.Create(),
    SendCommand.Create(),
    EchoCommand.Create(),

    // Files and models
    InspectCommand.Create(),
    ScoreCommand.Create(),
    ModelCommand.Create(),

    // Looking at the line
    WorklistCommand.Create(),
    StatusCommand.Create(),
    StudyCommand.Create(),
    AuditCommand.Create(),
    WorkCommand.Create(),
    DestinationCommand.Create(),
    AccountCommand.Create(),

    // Running it
    DbCommand.Create(),
    SpoolCommand.Create(),
    ConfigCommand.Create(),
    DoctorCommand.Create(),
    ConformanceCommand.Create(),
};
return await Cli.InvokeAsync(root, args);
