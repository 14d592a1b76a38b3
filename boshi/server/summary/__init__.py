"""One A4 page a person: data, HTML and PDF."""

from boshi.server.summary.data import Line, Section, Source, Summary, fit
from boshi.server.summary.gathering import summary
from boshi.server.summary.page import to_html
from boshi.server.summary.pdf import to_pdf

__all__ = ["Line", "Section", "Source", "Summary", "fit", "summary", "to_html", "to_pdf"]
