using PacsAiWorker.Demo.Phantoms;
using PacsAiWorker.Dicom.Files;
using PacsAiWorker.EndToEnd.Line;

namespace PacsAiWorker.EndToEnd.Phantoms;

/// <summary>One image of a study of its own, with a lesion or without.</summary>
internal static class OnePhantom
{
    /// <param name="folder">Where the file is written.</param>
    public static PartTen Write(string folder, string study, bool lesion)
    {
        var content = new PhantomContent(new PhantomScene(7_000_000_003, lesion));
        var identity = new PhantomIdentity(7, study, study + ".1", study + ".1.1", 1, "Test", new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        var file = Path.Combine(folder, study + ".dcm");
        File.WriteAllBytes(file, [.. Part10.Header(new FileMeta(PhantomFile.SopClassOf(content), identity.SopInstanceUid, PhantomFile.SyntaxOf(content).Uid)), .. PhantomFile.Encode(content, identity)]);
        return PartTen.Read(file);
    }
}
