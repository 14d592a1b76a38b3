"""The page as HTML: the same text as the PDF."""

from functools import cache

from jinja2 import Environment, PackageLoader, select_autoescape

from boshi.server.summary.data import Summary, fit


def to_html(summary: Summary) -> str:
    """One A4 page when printed; every text is escaped."""
    return _environment().get_template("summary.html.jinja").render(page=fit(summary))


@cache
def _environment() -> Environment:
    loader = PackageLoader("boshi.server.summary", "templates")
    return Environment(
        loader=loader, autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
    )
