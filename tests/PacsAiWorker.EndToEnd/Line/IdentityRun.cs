using PacsAiWorker.Dicom.Data;
using PacsAiWorker.EndToEnd.Interop;
using PacsAiWorker.EndToEnd.Phantoms;
using PacsAiWorker.EndToEnd.Servers;
using PacsAiWorker.Tests.Pipeline.Delivery;
using Xunit;

namespace PacsAiWorker.EndToEnd.Line;

/// <summary>
/// One worker for all tests of whose image it is: Orthanc, and a second archive that changes what it stores when a test says so. Its package
/// needs an age, which the phantoms of pydicom have; for the last study's patient a modality worklist has it too, under <see cref="Ordered"/>.
/// </summary>
public sealed class IdentityRun(TestServers servers) : IAsyncLifetime
{
    internal const string Ordered = "AGE-1";

    private readonly TempFolder _folder = new("identity");
    private Child? _list;

    internal Installation Line { get; private set; } = null!;

    internal ScriptedPacs Archive { get; } = new();

    internal IReadOnlyList<Phantom> Phantoms { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Phantoms = await PhantomMaker.MakeAsync(_folder["images"], 6, 2, 71, "--small", "--plain");
        var models = _folder.Folder("models");
        ShippedPackage.CopyTo(Path.Combine(models, Installation.Model));
        var card = Path.Combine(models, Installation.Model, "model.yaml");
        File.WriteAllText(card, File.ReadAllText(card).Replace("bMode: true }", "bMode: true, age: { from: 1 } }", StringComparison.Ordinal));
        var lists = Ports.Free();
        await WorklistTests.ListAsync(_folder, 1, Ordered, Phantoms[10].Patient, "19700101");
        _list = Child.Start(Tool.Find("/usr/bin/wlmscpfs", "dcmtk"), ["-dfp", _folder["lists"], $"{lists}"]);
        await Until.HoldsAsync("wlmscpfs answers", () => Ports.AnswersAsync(lists), () => Task.FromResult(_list.Log));
        Line = await Installation.NewAsync(servers, Road.Embedded, new Dictionary<string, object?>
        {
            ["Models:Directory"] = models,
            ["Work:PollSeconds"] = 1,
            ["Worklist:Mwl:AeTitle"] = "LIST",
            ["Worklist:Mwl:Host"] = "127.0.0.1",
            ["Worklist:Mwl:Port"] = lists,
            ["Dicom:Destinations:1:Name"] = "archive",
            ["Dicom:Destinations:1:AeTitle"] = ScriptedPacs.AeTitle,
            ["Dicom:Destinations:1:Host"] = "127.0.0.1",
            ["Dicom:Destinations:1:Port"] = Archive.Port,
        });
        await Line.StartAllAsync();
    }

    public async Task DisposeAsync()
    {
        await Line.DisposeAsync();
        if (_list is not null)
        {
            await _list.DisposeAsync();
        }

        Archive.Dispose();
        _folder.Dispose();
    }

    /// <summary>The images of one study, from 0.</summary>
    internal List<PartTen> Study(int number) => [.. Phantoms.Where(p => p.Study == Phantoms[2 * number].Study).Select(p => p.PartTen)];

    /// <summary>The same object with another header, written anew.</summary>
    internal static PartTen Changed(PartTen image, Action<DataSet> change)
    {
        var syntax = TransferSyntax.Find(image.TransferSyntax)!;
        var bytes = image.DataSet;
        var read = DataSetReader.Read(bytes, syntax);
        change(read.DataSet);
        var header = syntax == TransferSyntax.ImplicitVrLittleEndian ? 8 : 12;
        var sop = read.DataSet.GetString(Tags.SOPInstanceUID)!;
        var path = $"{image.Path}.{Guid.NewGuid():N}.dcm";
        File.WriteAllBytes(path, [.. Dicom.Files.Part10.Header(new Dicom.Files.FileMeta(image.SopClass, sop, image.TransferSyntax)), .. DataSetWriter.Encode(read.DataSet, syntax), .. bytes[(int)(read.PixelData!.Offset - header)..]]);
        return PartTen.Read(path);
    }
}
