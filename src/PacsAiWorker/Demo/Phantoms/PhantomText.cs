namespace PacsAiWorker.Demo.Phantoms;

/// <summary>Rows of letter-like marks outside the scan area: what makers burn into the picture. They spell nothing.</summary>
internal static class PhantomText
{
    private const int Letter = 6, Line = 12;

    public static void Draw(byte[] grey, int width, int height, Box box, Dice dice)
    {
        for (var top = 6; top + Line <= box.Y0 - 6; top += Line + 4)
            Row(grey, width, top, dice.Below(width / 3) + 24, width - 30, dice);
        for (var top = box.Y1 + 8; top + Line <= height - 4; top += Line + 4)
            Row(grey, width, top, 20, width / 2, dice);
    }

    private static void Row(byte[] grey, int width, int top, int from, int to, Dice dice)
    {
        for (var x = from; x + Letter < to; x += Letter + 3)
        {
            if (dice.Chance(0.2))
                continue;
            for (var y = 0; y < Line - 2; y += 2)
                for (var dx = 0; dx < Letter; dx += 2)
                    if (dice.Chance(0.55))
                        for (var k = 0; k < 4; k++)
                            grey[(top + y + k / 2) * width + x + dx + k % 2] = 235;
        }
    }
}
