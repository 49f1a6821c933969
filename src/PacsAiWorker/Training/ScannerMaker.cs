namespace PacsAiWorker.Training;

/// <summary>
/// The maker of a scanner by a known name: what a header holds may be anything, a station's or a person's name too, so it is compared and never
/// repeated.
/// </summary>
internal static class ScannerMaker
{
    private const string Other = "other";

    /// <summary>Parts of what carts write, and the name that is written for them.</summary>
    private static readonly (string Part, string Name)[] Known =
    [
        ("PacsAiWorker Phantom", "PacsAiWorker Phantom"), ("GE ", "GE"), ("General Electric", "GE"), ("GEMS", "GE"), ("Philips", "Philips"), ("ATL", "Philips"), ("Siemens", "Siemens"), ("Acuson", "Siemens"),
        ("Canon", "Canon"), ("Toshiba", "Canon"), ("Samsung", "Samsung"), ("Medison", "Samsung"), ("Mindray", "Mindray"), ("Zonare", "Mindray"), ("Fujifilm", "Fujifilm"), ("Sonosite", "Fujifilm"),
        ("Hitachi", "Fujifilm"), ("Aloka", "Fujifilm"), ("Esaote", "Esaote"), ("Supersonic", "Supersonic Imagine"), ("Hologic", "Hologic"), ("Butterfly", "Butterfly"), ("BK ", "BK Medical"), ("Sonoscape", "SonoScape"),
    ];

    /// <param name="header">Manufacturer (0008,0070); null or empty: unknown.</param>
    public static string Of(string? header) => string.IsNullOrWhiteSpace(header) ? "unknown"
        : Known.FirstOrDefault(k => (header + " ").Contains(k.Part, StringComparison.OrdinalIgnoreCase)).Name ?? Other;
}
