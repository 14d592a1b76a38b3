"""Half-width kana of municipal files, full-width kana of FHIR (JP Core: SYL). Each is the other's inverse."""

import re
from typing import Final

_PLAIN_HALF: Final = "｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"
_PLAIN_FULL: Final = (
    "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソ"
    "タチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜"
)
_VOICED_HALF: Final = "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎｳﾜｦ"
_VOICED_FULL: Final = "ガギグゲゴザジズゼゾダヂヅデドバビブベボヴヷヺ"
_SEMI_HALF: Final = "ﾊﾋﾌﾍﾎ"
_SEMI_FULL: Final = "パピプペポ"

_PAIRS: Final = {
    **{half + "ﾞ": full for half, full in zip(_VOICED_HALF, _VOICED_FULL, strict=True)},
    **{half + "ﾟ": full for half, full in zip(_SEMI_HALF, _SEMI_FULL, strict=True)},
}
_PAIR: Final = re.compile("[ｦ-ﾝ][ﾞﾟ]")
_TO_FULL: Final = str.maketrans(_PLAIN_HALF + " ", _PLAIN_FULL + "　")
_TO_HALF: Final = str.maketrans(
    {
        **dict(zip(_PLAIN_FULL, _PLAIN_HALF, strict=True)),
        **{full: pair for pair, full in _PAIRS.items()},
        "　": " ",
    }
)


def full_width(text: str) -> str:
    """Every half-width kana, and the space between names, as full-width; nothing else changes."""
    if "ﾞ" in text or "ﾟ" in text:
        text = _PAIR.sub(lambda pair: _PAIRS.get(pair[0], pair[0]), text)
    return text.translate(_TO_FULL)


def half_width(text: str) -> str:
    """Every full-width kana that has a half-width form, and the space; others (ヮ, ヵ) stay."""
    return text.translate(_TO_HALF)
