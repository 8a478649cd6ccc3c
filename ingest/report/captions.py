"""Titles and captions of the figures."""

PAPER = "Reis et al. 2019"

CAPTIONS = {
    "figure-1": (
        "The map of the whole spectrum",
        f"After figure 1 of {PAPER}: every point is a spectrum, alike ones lie near one another. "
        "Colours run from the 2nd to the 98th percentile of a property that the map never saw; "
        "where it changes smoothly, the map has found it. Pale points: unknown.",
    ),
    "figure-2": (
        "Every region has a map of its own",
        f"After figure 2 of {PAPER}: maps of wavelength regions, coloured by one property. Each "
        "answers another question, and none is the right one. The places have no unit.",
    ),
    "figure-3": (
        "Alone on the map",
        f"After figure 3 of {PAPER}: spectra farthest from all others on the map of one region, "
        "the farthest of each island, and the median of those most similar to each in the space "
        "of components. What sets it apart may be the galaxy, gas of the Milky Way before it, "
        "the sky or the instrument.",
    ),
    "figure-5": (
        "How much the lists overlap",
        f"After figure 5 of {PAPER}: spectra that two top lists share. Framed, on the diagonal: "
        "what a detector shares with itself under another seed (–: chance has no part in it). "
        "Little agreement means something only where the framed number is large.",
    ),
    "figure-6": (
        "A direction on one map, seen on others",
        f"After figure 6 of {PAPER}: five equal groups along the longest axis of one map (arrow), "
        "and where the same spectra lie on the maps of other regions. Where colours stay in order "
        "there, both regions know the same trend; where they mix, this one is the region's own.",
    ),
    "figure-7": (
        "The same groups, stacked",
        f"After figure 7 of {PAPER}: means, weighted by inverse variance, of the five groups along "
        "the arrow (first group dark), each spectrum over its median in the region. At most 200 of "
        "each group are stacked, evenly spaced along the direction; their number in brackets. "
        "Below, the same less the mean of the five, with its standard error.",
    ),
    "scores": (
        "Scores of unaltered and planted spectra",
        "Held-out spectra and altered copies of them, every kind at its greatest amplitude, scored "
        "by models that saw neither, nor their sources. Right of the dashed line: 1 % of the "
        "unaltered. What lies beyond the axis is counted in the last bin.",
    ),
}
"""Title and caption by the name of the figure.

The figures of the paper are followed in what they are for: its use cases, made from this run.
"""
