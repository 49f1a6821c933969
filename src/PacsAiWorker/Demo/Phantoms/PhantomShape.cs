namespace PacsAiWorker.Demo.Phantoms;

/// <summary>
/// An ellipse inside the scan area that changes the echo by a factor, with a soft rim, and what lies behind it by another. Places and radii are
/// relative to the scan box: u across and v down, 0 to 1; shapes stretch with the box.
/// </summary>
/// <param name="U">Centre, across.</param>
/// <param name="V">Centre, down.</param>
/// <param name="RadiusU">Half axis before turning.</param>
/// <param name="RadiusV">The other half axis.</param>
/// <param name="Factor">Below 1 darker, above 1 brighter.</param>
/// <param name="Axis">Direction of the first half axis; of any length.</param>
/// <param name="Behind">Factor below it as far as it is wide: a stone shadows, fluid enhances.</param>
public sealed record PhantomShape(double U, double V, double RadiusU, double RadiusV, double Factor, (double U, double V) Axis, double Behind = 1)
{
    private const double InnerRim = 0.8, OuterRim = 1.2;
    private readonly double _cosine = Axis.U / Math.Sqrt(Axis.U * Axis.U + Axis.V * Axis.V), _sine = Axis.V / Math.Sqrt(Axis.U * Axis.U + Axis.V * Axis.V);

    /// <summary>One that lies straight.</summary>
    public PhantomShape(double u, double v, double radiusU, double radiusV, double factor, double behind = 1)
        : this(u, v, radiusU, radiusV, factor, (1, 0), behind)
    {
    }

    /// <summary>What it does to the echo at a place.</summary>
    public double At(double u, double v)
    {
        double du = u - U, dv = v - V;
        double a = (du * _cosine + dv * _sine) / RadiusU, b = (dv * _cosine - du * _sine) / RadiusV;
        var r = a * a + b * b;
        var inside = r >= OuterRim ? 1 : r <= InnerRim ? Factor : Factor + (1 - Factor) * (r - InnerRim) / (OuterRim - InnerRim);
        return Behind != 1 && dv > 0 && r > InnerRim && Math.Abs(du) < RadiusU ? inside * Behind : inside;
    }
}
