using PacsAiWorker.Inference;
using PacsAiWorker.Inference.Runtime;
using PacsAiWorker.Inference.Stages;

namespace PacsAiWorker.Commands;

/// <summary><c>inspect FILE --dump DIR</c>: every stage from the stored frame to probabilities, for NumPy.</summary>
internal static class InspectDump
{
    public static async Task<int> RunAsync(StageDump dump, InstanceScorer scorer, string[] paths, bool childrenOnly, string folder, bool json, CancellationToken cancellation)
    {
        if (paths is not [var path] || !File.Exists(path))
        {
            throw new CommandException("--dump takes one DICOM file: the stages of one image are written");
        }

        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw new CommandException($"--dump {folder}: is not an empty folder; name one that is empty, or a new one");
        }

        try
        {
            var stages = await dump.WriteAsync(path, await scorer.InspectAsync(path, childrenOnly, cancellation), folder, cancellation);
            if (json)
            {
                Cli.PrintJson(stages);
                return ExitCodes.Done;
            }

            Cli.PrintTable(["Stage", "Model", "Frame", "Shape", "Type", "File"], stages.Select(s => (IReadOnlyList<string>)[s.Stage, s.Model ?? "", $"{s.Frame}", string.Join(" × ", s.Shape), s.Dtype, s.File]), "Stage", "Type", "File");
            Console.WriteLine($"{folder}/stages.json says what each is; look whether the device wrote text into the scan area before you pass it on");
            return ExitCodes.Done;
        }
        catch (InvalidDataException error)
        {
            throw new CommandException($"{path} has no stages to write: {error.Message}", ExitCodes.Failed);
        }
        catch (DeviceUnavailableException error)
        {
            throw new CommandException(error.Message, ExitCodes.Failed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--dump {folder}: {error.Message} Name a folder that can be made, on a disk with room.", ExitCodes.Failed);
        }
    }
}
