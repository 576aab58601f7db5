"""What a reader sees."""

from mtlbook.figures.readers import mt_san, reader, s_net, v_net
from mtlbook.figures.results import curves, dial, dots
from mtlbook.figures.schematic import balance_map, hard_sharing, soft_sharing, where_to_split
from mtlbook.figures.sluice import sluice
from mtlbook.figures.style import COLOURS, MEANINGS, direct_label, use_style

__all__ = [
    "COLOURS",
    "MEANINGS",
    "balance_map",
    "curves",
    "dial",
    "direct_label",
    "dots",
    "hard_sharing",
    "mt_san",
    "reader",
    "s_net",
    "sluice",
    "soft_sharing",
    "use_style",
    "v_net",
    "where_to_split",
]
