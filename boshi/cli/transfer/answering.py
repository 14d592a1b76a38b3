"""boshi transfer inbox, approve, reject: the responsible staff of the town that is asked."""

from pathlib import Path
from typing import Annotated

import typer

from boshi.cli.account import console
from boshi.cli.exits import WRONG_USAGE, errors, run
from boshi.cli.language import say
from boshi.cli.options import DEFAULT_DATA, DataDirectory, Municipality
from boshi.cli.town import open_town
from boshi.cli.transfer.directory import TownsFile, directory_in
from boshi.fhir.outcome import Issue, error
from boshi.server.refusal import Refused
from boshi.server.repository import Repository
from boshi.server.transfer import Case, InboxItem, approve, certain_and_proved, inbox, reject, work_desk

RequestId = Annotated[
    str, typer.Argument(metavar="ID", help=say("The request, from the inbox.", "照会の番号"))
]


def register(group: typer.Typer) -> None:
    """Adds the commands to the group."""
    example = say("Example: ", "例: ")
    group.command(
        "inbox",
        help=say("Requests of other towns that wait for a decision.", "決裁を待つ他自治体からの照会"),
        epilog=f"{example}boshi transfer inbox --municipality 401005",
    )(show_inbox)
    group.command(
        "approve",
        help=say(
            "Decide that a request means this person, and release the record; or let the rule decide the certain "
            "ones (--rule). Persons under protection are never decided by the rule.",
            "照会の対象者を決めて記録を渡す。--rule は確実なものだけを規則で決裁する(支援措置等の対象者は除く)。",
        ),
        epilog=f"{example}boshi transfer approve ID --municipality 401005 --person 000000000000123",
    )(decide)
    group.command(
        "reject",
        help=say("Refuse a request, with the reason.", "照会に応じない(理由を付ける)"),
        epilog=f"{example}boshi transfer reject ID --municipality 401005 --reason 電話で確認済み",
    )(refuse)


def show_inbox(
    municipality: Municipality, towns: TownsFile = None, data: DataDirectory = DEFAULT_DATA
) -> None:
    """Lists each request with its candidates."""

    async def work() -> list[InboxItem]:
        async with open_town(municipality, data) as repository:
            return await inbox(repository, directory_in(towns, data))

    for item in run(work):
        asker = item.request.asker
        console.print(
            f"{item.case.id}  {item.town.code} {item.town.name} {item.town.phone}  {asker.office} {asker.officer}  "
            f"{item.case.finding}",
            markup=False,
        )
        for one in item.candidates:
            console.print(f"    {one.atena}  {one.name}  {one.birth_date}", markup=False)


def decide(
    municipality: Municipality,
    request_id: Annotated[str | None, typer.Argument(metavar="ID")] = None,
    person: Annotated[
        str | None, typer.Option(metavar="ATENA", help=say("Whom the request means.", "対象者の宛名番号"))
    ] = None,
    rule: Annotated[
        bool,
        typer.Option("--rule", help=say("Decide the certain ones by the rule.", "確実なものを規則で決裁")),
    ] = False,
    towns: TownsFile = None,
    data: DataDirectory = DEFAULT_DATA,
) -> None:
    """One request and person, or the rule over all."""
    if rule == bool(request_id and person):
        errors.print(
            say("Give ID and --person, or --rule.", "ID と --person、または --rule を指定してください。")
        )
        raise typer.Exit(WRONG_USAGE)

    async def work() -> list[Case]:
        async with open_town(municipality, data) as repository:
            if request_id and person:
                return [await approve_for(repository, towns, data, request_id, person)]
            return await work_desk(repository, directory_in(towns, data), rule=certain_and_proved)

    for case in run(work):
        told = say(
            f"{case.count} resources, {case.held_back} held back",
            f"{case.count} 件、留保 {case.held_back} 件",
        )
        console.print(f"{case.id}  {case.state}  {told}", markup=False)


async def approve_for(
    repository: Repository, towns: Path | None, data: Path, request_id: str, number: str
) -> Case:
    """Approves the request for the candidate with this 宛名番号."""
    directory = directory_in(towns, data)
    items = [item for item in await inbox(repository, directory) if item.case.id == request_id]
    candidates = {one.atena: one for item in items for one in item.candidates}
    chosen = candidates.get(number.zfill(15))
    if chosen is None:
        raise Refused(404, [_not_a_candidate(request_id, number)])
    return await approve(repository, directory, request_id, chosen.patient)


def refuse(
    municipality: Municipality,
    request_id: RequestId,
    reason: Annotated[
        str, typer.Option(help=say("Why; stays at this desk.", "理由(この窓口にだけ残ります)"))
    ],
    data: DataDirectory = DEFAULT_DATA,
) -> None:
    """Rejects one request."""

    async def work() -> Case:
        async with open_town(municipality, data) as repository:
            return await reject(repository, request_id, reason)

    case = run(work)
    console.print(f"{case.id}  {case.state}", markup=False)


def _not_a_candidate(request_id: str, number: str) -> Issue:
    return error(
        "not-found",
        f"{number} is no candidate of the open request {request_id}. See `boshi transfer inbox`.",
        f"{number} は照会 {request_id} の候補にありません。`boshi transfer inbox` を確認してください。",
    )
