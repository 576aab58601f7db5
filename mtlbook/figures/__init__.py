"""What a reader sees."""

from typing import TYPE_CHECKING

from mtlbook.lazy import lazily

if TYPE_CHECKING:
    from mtlbook.figures import schematic, style
    from mtlbook.figures.readers import mt_san, reader, s_net, v_net
    from mtlbook.figures.results import curves, dial, dots
    from mtlbook.figures.schematic import balance_map, hard_sharing, soft_sharing, where_to_split
    from mtlbook.figures.sluice_network import miniature, sluice
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
    "miniature",
    "mt_san",
    "reader",
    "s_net",
    "schematic",
    "sluice",
    "soft_sharing",
    "style",
    "use_style",
    "v_net",
    "where_to_split",
]

__getattr__, __dir__ = lazily(__name__)
