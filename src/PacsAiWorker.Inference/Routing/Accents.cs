using System.Text;

namespace PacsAiWorker.Inference.Routing;

/// <summary>
/// Letters without their accents, for comparing. The program runs without cultures, and without them the platform does not take letters
/// apart; these tables, made from the Unicode Character Database, do: Latin, Vietnamese included, and the wide forms of ASCII.
/// </summary>
internal static class Accents
{
    private const int LatinFrom = 0x00C0, VietnameseFrom = 0x1E00, WideFrom = 0xFF01, WideTo = 0xFF5E, WideToAscii = 0xFEE0;

    private const string Latin =
        "AAAAAAÆCEEEEIIIIÐNOOOOO×OUUUUYÞßaaaaaaæceeeeiiiiðnooooo÷ouuuuyþyAaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg"
        + "GgGgHhHhIiIiIiIiIiĲĳJjKkkLlLlLlĿŀLlNnNnNnŉŊŋOoOoOoŒœRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

    private const string Vietnamese =
        "AaBbBbBbCcDdDdDdDdDdEeEeEeEeEeFfGgHhHhHhHhHhIiIiKkKkKkLlLlLlLlMmMmMmNnNnNnNnOoOoOoOoPpPpRrRrRrRr"
        + "SsSsSsSsSsTtTtTtTtUuUuUuUuUuVvVvWwWwWwWwWwXxXxYyZzZzZzhtwyẚsẜẝẞẟAaAaAaAaAaAaAaAaAaAaAaAaEeEeEeEe"
        + "EeEeEeEeIiIiOoOoOoOoOoOoOoOoOoOoOoOoUuUuUuUuUuUuUuYyYyYyYyỺỻỼỽỾỿ";

    /// <summary>The letter without its accent; itself where the tables know none.</summary>
    public static Rune Without(Rune rune) => rune.Value switch
    {
        >= LatinFrom and < LatinFrom + 192 => new Rune(Latin[rune.Value - LatinFrom]),
        >= VietnameseFrom and < VietnameseFrom + 256 => new Rune(Vietnamese[rune.Value - VietnameseFrom]),
        >= WideFrom and <= WideTo => new Rune(rune.Value - WideToAscii),
        _ => rune,
    };
}
