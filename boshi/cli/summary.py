"""boshi summary"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from boshi.cli.exits import run
from boshi.cli.language import say
from boshi.cli.options import DEFAULT_DATA, DataDirectory, Municipality
from boshi.cli.town import open_town
from boshi.cli.transfer.directory import TownsFile, town_names
from boshi.fhir.outcome import Issue, error
from boshi.profiles.systems import atena
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.summary import Summary, summary, to_html, to_pdf
from boshi.server.transfer.finding import find_all


def register(application: typer.Typer) -> None:
    """Adds the command to `application`."""
    application.command(
        "summary",
        help=say(
            "One A4 page for a person, HTML and PDF: family, follow-ups, checkups, vaccinations, sources.",
            "一人一枚(A4)のまとめを HTML と PDF で書く: 家族、フォロー、健診、予防接種、出典",
        ),
        epilog=say("Example: ", "例: ")
        + "boshi summary --municipality 332119 --person 000000000000123 --out ./summary",
    )(summarise)


def summarise(
    municipality: Municipality,
    person: Annotated[
        list[str], typer.Option(metavar="ATENA", help=say("Atena number; repeatable.", "宛名番号。複数可"))
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help=say("Where the pages go.", "出力先"))] = Path(),
    towns: TownsFile = None,
    data: DataDirectory = DEFAULT_DATA,
) -> None:
    """Writes summary-ATENA.html and .pdf for each person."""

    async def work() -> list[Path]:
        async with open_town(municipality, data) as repository:
            names = town_names(towns, data)
            return [path for number in person for path in await write_summary(repository, number, out, names)]

    for path in run(work):
        typer.echo(path)


async def write_summary(
    repository: Repository, number: str, out: Path, town_name: Callable[[str], str]
) -> list[Path]:
    """Writes the page of the person with this 宛名番号; returns the HTML and the PDF file."""
    code = repository.town_code
    found = await find_all(repository, "Patient", [("identifier", f"{atena(code)}|{number.zfill(15)}")])
    if not found:
        raise Refused(404, [_nobody(number)])
    return _write(await summary(repository, str(found[0]["id"]), town_name=town_name), number, out)


def _write(page: Summary, number: str, out: Path) -> list[Path]:
    out.mkdir(parents=True, exist_ok=True)
    html, pdf = (out / f"summary-{number.zfill(15)}.{kind}" for kind in ("html", "pdf"))
    html.write_text(to_html(page), encoding="utf-8")
    pdf.write_bytes(to_pdf(page))
    return [html, pdf]


def _nobody(number: str) -> Issue:
    return error(
        "not-found",
        f"Nobody here has the atena number {number}. Import the residents file first.",
        f"宛名番号 {number} の人はいません。先に住民ファイルを取り込んでください。",
    )
