namespace PacsAiWorker.Dicom.Sr;

/// <summary>
/// SNOMED CT identifiers: 6 to 18 digits, the last a Verhoeff check digit over the dihedral group D5 (SNOMED CT release file
/// specification, section 5.5). The check finds a wrong digit, not a wrong concept.
/// </summary>
public static class SctId
{
    // One step of the permutation (1 5 8 9 4 2 7 0)(3 6), applied as often as the digit's position says.
    private static ReadOnlySpan<byte> Permutation => [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

    public static bool IsValid(string? id)
    {
        if (id is null || id.Length is < 6 or > 18 || id[0] == '0' || id.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        int check = 0;
        for (int position = 0; position < id.Length; position++)
        {
            int digit = id[^(position + 1)] - '0';
            for (int i = 0; i < position % 8; i++)
            {
                digit = Permutation[digit];
            }

            check = Multiply(check, digit);
        }

        return check == 0;
    }

    /// <summary>The product in D5: 0-4 are rotations, 5-9 reflections.</summary>
    private static int Multiply(int a, int b) => (a < 5, b < 5) switch
    {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + ((a + b - 5) % 5),
        (false, true) => 5 + ((a - 5 - b + 5) % 5),
        (false, false) => (a - b + 5) % 5,
    };
}
