namespace PacsAiWorker.Demo.Phantoms;

/// <summary>Red and blue patches in the middle of the scan area, as colour Doppler shows flow: well above 1 % of its pixels.</summary>
internal static class PhantomFlow
{
    public static void Draw(byte[] rgb, PhantomScene scene, Box box, Dice dice)
    {
        for (var patch = 0; patch < 6; patch++)
        {
            var half = (int)(box.Width * dice.Between(0.03, 0.05));
            var x = box.X0 + (int)(box.Width * dice.Between(0.4, 0.6));
            var y = box.Y0 + (int)(box.Height * dice.Between(0.45, 0.75));
            var level = (byte)(150 + dice.Below(100));
            var (red, blue) = patch % 2 == 0 ? (level, (byte)0) : ((byte)0, level);
            PhantomImage.Paint(rgb, scene.Width, new Box(x - half, y - half / 2, x + half, y + half / 2), red, 30, blue);
        }
    }
}
