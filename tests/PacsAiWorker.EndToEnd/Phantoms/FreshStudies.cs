using System.Globalization;
using System.Text;

namespace PacsAiWorker.EndToEnd.Phantoms;

/// <summary>
/// As many small studies as a test wants from one run of make_phantoms.py: the seed stands in UIDs, patient id and accession number as
/// eight digits, and each batch carries others in their place.
/// </summary>
internal sealed class FreshStudies
{
    private const int First = 10_000_000;

    private readonly List<(Phantom Phantom, byte[] Bytes)> _first;
    private int _last = First;

    private FreshStudies(List<(Phantom Phantom, byte[] Bytes)> first) => _first = first;

    /// <param name="folder">For the first batch, which is only ever copied.</param>
    public static async Task<FreshStudies> PrepareAsync(string folder, int studies, int images)
    {
        var made = await PhantomMaker.MakeAsync(folder, studies, images, First, "--small", "--plain");
        return new FreshStudies([.. made.Select(p => (p, File.ReadAllBytes(p.File)))]);
    }

    /// <summary>New studies, written to a folder: the first image of each, then the second of each …</summary>
    public IReadOnlyList<Phantom> Next(string folder)
    {
        var batch = (++_last).ToString(CultureInfo.InvariantCulture);
        var written = _first.Select((image, index) =>
        {
            var file = Path.Combine(folder, $"{batch}-{index:000}.dcm");
            File.WriteAllBytes(file, Restamped(image.Bytes, batch));
            return image.Phantom with { File = file, Sop = Restamped(image.Phantom.Sop, batch), Study = Restamped(image.Phantom.Study, batch), Patient = Restamped(image.Phantom.Patient, batch) };
        }).ToList();
        return [.. written.GroupBy(p => p.Study).SelectMany(g => g.Select((p, number) => (p, number))).OrderBy(p => p.number).Select(p => p.p)];
    }

    private static string Restamped(string text, string batch) => Encoding.ASCII.GetString(Restamped(Encoding.ASCII.GetBytes(text), batch));

    private static byte[] Restamped(byte[] bytes, string batch)
    {
        var old = Encoding.ASCII.GetBytes(First.ToString(CultureInfo.InvariantCulture));
        var copy = bytes.ToArray();
        for (var at = copy.AsSpan().IndexOf(old); at >= 0; at = copy.AsSpan().IndexOf(old))
        {
            Encoding.ASCII.GetBytes(batch, copy.AsSpan(at));
        }

        return copy;
    }
}
