"""The div of a narrative (R4 §2.19): well-formed XHTML in one div, without document type or scripts."""

import re
from html.entities import html5
from typing import Final
from xml.parsers import expat

from boshi.fhir.structure.found import Found

XHTML: Final = "http://www.w3.org/1999/xhtml"
_ENTITY: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_ENTITIES: Final = frozenset(("lt", "gt", "amp", "quot", "apos"))
_ACTIVE: Final = frozenset(("script", "object", "iframe", "form", "input", "link", "base", "applet", "embed"))


def check_narrative(text: str) -> list[Found] | None:
    """Problems of the text of a `div`, or None."""
    if "<!" in text.replace("<!--", "") or "<?" in text:
        return _refused("a document type, CDATA or processing instruction")
    seen = _Seen()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = seen.element
    try:
        parser.Parse(_ENTITY.sub(_character, text), True)
    except expat.ExpatError as reason:
        return _refused(f"no well-formed XHTML (line {reason.lineno}, {expat.ErrorString(reason.code)})")
    if seen.root != f"{XHTML} div":
        return _refused("no root element div of the XHTML namespace")
    return _refused(f"active content ({seen.active})") if seen.active else None


class _Seen:
    """What the parser met: the root element, and the first active content."""

    def __init__(self) -> None:
        self.root = ""
        self.active = ""

    def element(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name
        plain = name.rpartition(" ")[2].lower()
        if plain in _ACTIVE:
            self.active = self.active or f"<{plain}>"
        for attribute, value in attributes.items():
            attribute = attribute.lower()
            if attribute.startswith("on") or "".join(value.split()).lower().startswith(
                ("javascript:", "vbscript:")
            ):
                self.active = self.active or attribute


def _character(entity: "re.Match[str]") -> str:
    name = entity.group(1)
    return entity.group() if name in _XML_ENTITIES else html5.get(f"{name};", entity.group())


def _refused(what: str) -> list[Found]:
    return [
        Found(
            "",
            "invalid",
            f'Found {what}; expected one well-formed <div xmlns="{XHTML}"> without scripts.',
            f'テキストが正しくありません（{what}）。<div xmlns="{XHTML}"> で囲んだXHTMLが必要です。',
        )
    ]
