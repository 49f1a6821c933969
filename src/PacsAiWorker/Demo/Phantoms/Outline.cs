namespace PacsAiWorker.Demo.Phantoms;

/// <summary>
/// The scan area's outline inside its box, touching all four sides. In units of the box's width, with the apex of the beams at
/// (0, -apex): the far arc passes the middle of the lower side and ends at the left and right sides, the near arc ends at the top.
/// </summary>
public readonly struct Outline
{
    private readonly double _aspect, _apex, _far, _near, _slope;
    private readonly bool _rectangle;

    /// <param name="geometry">Kind of probe.</param>
    /// <param name="aspect">Height of the box over its width; above 0.5 for a sector.</param>
    public Outline(Geometry geometry, double aspect)
    {
        _rectangle = geometry == Geometry.Linear;
        _aspect = aspect;
        _apex = geometry == Geometry.Convex ? 0.35 * aspect : 0;
        _far = aspect + _apex;
        var sine = 0.5 / _far;
        var cosine = Math.Sqrt(1 - sine * sine);
        _slope = sine / cosine;
        _near = _apex / cosine;
    }

    /// <summary>Whether a place (u across, v down, 0 to 1 in the box) belongs to the scan area.</summary>
    public bool Contains(double u, double v)
    {
        if (_rectangle)
            return true;
        double x = u - 0.5, reach = v * _aspect + _apex, square = x * x + reach * reach;
        return square <= _far * _far && square >= _near * _near && Math.Abs(x) <= _slope * reach;
    }
}
