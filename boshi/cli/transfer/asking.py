"""boshi transfer pending, request, run, status: the town that asks."""

from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.table import Table

from boshi.cli.account import console
from boshi.cli.exits import PARTLY_REFUSED, WRONG_USAGE, errors, run
from boshi.cli.language import say
from boshi.cli.options import DEFAULT_DATA, DataDirectory, Municipality
from boshi.cli.town import open_town
from boshi.cli.transfer.directory import TownsFile, directory_in
from boshi.fhir.outcome import Issue, error
from boshi.profiles.systems import atena
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.transfer import (
    HttpTransport,
    Newcomer,
    Outgoing,
    Progress,
    outgoing_requests,
    pending,
    request,
    run_once,
)
from boshi.server.transfer.finding import find_all

_SECONDS = 30.0


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    example = say("Example: ", "例: ")
    group.command(
        "pending",
        help=say("Who moved in and was not asked for yet.", "転入者のうち、まだ照会していない人"),
        epilog=f"{example}boshi transfer pending --municipality 332119",
    )(show_pending)
    group.command(
        "request",
        help=say(
            "Ask the former town for the records of each person named, or of all who are pending.",
            "指定した人(または --all で未照会の全員)の記録を前住所地に一人ずつ照会する",
        ),
        epilog=example
        + "boshi transfer request --municipality 332119 --all --office 健康課 --officer 山田花子 --why 乳幼児健診",
    )(ask)
    group.command(
        "run",
        help=say(
            "Carry every open request on: send, fetch, store, confirm. Run it again after any cut.",
            "未了の照会を進める(送信・受領・保存・受領通知)。途切れても再実行すれば続きから進みます。",
        ),
        epilog=f"{example}boshi transfer run --municipality 332119",
    )(carry)
    group.command(
        "status",
        help=say("Where each request of this town stands.", "照会ごとの状況"),
        epilog=f"{example}boshi transfer status --municipality 332119",
    )(show_status)


def show_pending(municipality: Municipality, data: DataDirectory = DEFAULT_DATA) -> None:
    """Lists the newcomers."""

    async def work() -> list[Newcomer]:
        async with open_town(municipality, data) as repository:
            return await pending(repository)

    table = Table(
        say("atena number", "宛名番号"),
        say("name", "氏名"),
        say("born", "生年月日"),
        say("entry", "転入日"),
        say("from", "前住所地"),
        "",
        box=None,
        pad_edge=False,
    )
    for one in run(work):
        mark = say("protected: decide by hand", "要配慮: 担当者が判断") if one.protected else ""
        table.add_row(one.atena, one.name, one.birth_date, one.entry_date, one.former_municipality, mark)
    console.print(table)


def ask(
    municipality: Municipality,
    office: Annotated[str, typer.Option(help=say("Requesting office.", "照会する課"))],
    officer: Annotated[str, typer.Option(help=say("Requesting officer.", "担当者"))],
    why: Annotated[str, typer.Option(help=say("Why it is needed.", "必要とする理由"))],
    person: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ATENA", help=say("Atena number, 15 digits; repeatable.", "宛名番号(15桁)。複数可")
        ),
    ] = None,
    everyone: Annotated[
        bool,
        typer.Option(
            "--all",
            help=say(
                "All who are pending, but for protected persons.", "未照会の全員(支援措置等の対象者を除く)"
            ),
        ),
    ] = False,
    sensitive_purpose: Annotated[
        str,
        typer.Option(
            help=say(
                "What records that need care (smoking, EPDS, …) are needed for, if they are asked for.",
                "要配慮の記録(喫煙・EPDS等)も求める場合、その目的",
            )
        ),
    ] = "",
    despite_protection: Annotated[
        bool,
        typer.Option(
            "--despite-protection",
            help=say(
                "Ask about a protected person too, after a call: the request tells the other town where they live.",
                "支援措置等の対象者についても照会する(照会は居住地を相手に知らせるため、電話で確認のうえ)",
            ),
        ),
    ] = False,
    data: DataDirectory = DEFAULT_DATA,
) -> None:
    """Keeps the requests; `boshi transfer run` carries them."""
    if not person and not everyone:
        errors.print(
            say("Name --person ATENA, or --all.", "--person 宛名番号 または --all を指定してください。")
        )
        raise typer.Exit(WRONG_USAGE)

    async def work() -> list[Outgoing]:
        async with open_town(municipality, data) as repository:
            chosen = await (everybody_pending(repository) if everyone else named(repository, person or []))
            return await ask_for(
                repository, chosen, office, officer, why, despite_protection, sensitive_purpose
            )

    for outgoing in run(work):
        console.print(f"{outgoing.id}  → {outgoing.town}  {outgoing.state}", markup=False)


async def everybody_pending(repository: Repository) -> list[str]:
    """The Patients not asked for yet, but for those who are protected."""
    return [one.patient for one in await pending(repository) if not one.protected]


async def named(repository: Repository, numbers: list[str]) -> list[str]:
    """The Patients with these 宛名番号, whether asked for before or not. Refused 404 for a number nobody has."""
    system = atena(repository.town_code)
    found = {
        number: await find_all(repository, "Patient", [("identifier", f"{system}|{number.zfill(15)}")])
        for number in numbers
    }
    unknown = [number for number, people in found.items() if not people]
    if unknown:
        raise Refused(404, [_nobody(", ".join(unknown))])
    return [str(people[0]["id"]) for people in found.values()]


async def ask_for(
    repository: Repository,
    patients: list[str],
    office: str,
    officer: str,
    why: str,
    despite_protection: bool = False,
    sensitive_purpose: str = "",
) -> list[Outgoing]:
    """One request for each person, durable before anything is sent."""
    return [
        await request(
            repository,
            one,
            office=office,
            officer=officer,
            why=why,
            despite_protection=despite_protection,
            sensitive_purpose=sensitive_purpose,
        )
        for one in patients
    ]


def _nobody(numbers: str) -> Issue:
    return error(
        "not-found",
        f"Nobody here has the atena number {numbers}. Nothing was asked. See `boshi transfer pending`.",
        f"宛名番号 {numbers} の人はいません。照会はしていません。`boshi transfer pending` を確認してください。",
    )


def carry(municipality: Municipality, towns: TownsFile = None, data: DataDirectory = DEFAULT_DATA) -> None:
    """Exit code 1 when a request could not go on."""

    async def work() -> list[Progress]:
        async with open_town(municipality, data) as repository:
            return await carry_on(repository, towns, data)

    progress = run(work)
    for one in progress:
        stopped = f"  {one.interrupted}" if one.interrupted else ""
        console.print(line_of(one.outgoing) + stopped, markup=False, soft_wrap=True)
    if any(one.interrupted or one.outgoing.state in ("failed", "rejected") for one in progress):
        raise typer.Exit(PARTLY_REFUSED)


async def carry_on(repository: Repository, towns: Path | None, data: Path) -> list[Progress]:
    """One run of the courier over the network."""
    async with httpx.AsyncClient(timeout=_SECONDS) as client:
        return await run_once(repository, HttpTransport(client, directory_in(towns, data)))


def show_status(municipality: Municipality, data: DataDirectory = DEFAULT_DATA) -> None:
    """Lists every request, oldest first."""

    async def work() -> list[Outgoing]:
        async with open_town(municipality, data) as repository:
            return await outgoing_requests(repository)

    for outgoing in run(work):
        console.print(line_of(outgoing), markup=False, soft_wrap=True)


def line_of(outgoing: Outgoing) -> str:
    """One request: where it went, its state, what it brought, and what was kept as it stands here."""
    counts = say(
        f"{outgoing.created_records} new, {outgoing.updated_records} changed, {outgoing.unchanged_records} unchanged",
        f"新規 {outgoing.created_records}、変更 {outgoing.updated_records}、変更なし {outgoing.unchanged_records}",
    )
    kept = say(
        f"our own version kept of {', '.join(outgoing.differing)}",
        f"当方の記録を維持: {', '.join(outgoing.differing)}",
    )
    parts = (outgoing.id, f"→ {outgoing.town}", outgoing.state, counts, outgoing.problem)
    return "  ".join(part for part in (*parts, kept if outgoing.differing else "") if part)
