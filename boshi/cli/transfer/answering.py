"""boshi transfer inbox, approve, reject: the responsible staff of the town that is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

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
from boshi.server.summary.wording import gender
from boshi.server.transfer import Case, InboxItem, approve, certain_and_proved, inbox, reject, work_desk
from boshi.server.transfer.matching import Likeness
from boshi.server.transfer.person import address_text, display_name, kana_name

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
        for line in told(item):
            console.print(line, markup=False, soft_wrap=True)


def told(item: InboxItem) -> Iterator[str]:
    """What the staff decides on: who asks, about whom, why, for what, and who is meant, with what agrees and not."""
    request = item.request
    yield f"{item.case.id}  {_FINDINGS[item.case.finding]}"
    yield f"    {item.town.code} {item.town.name} {item.town.phone}  {request.asker.office} {request.asker.officer}"
    person = request.person
    written = [display_name(person), kana_name(person), str(person.get("birthDate", "")), gender(person)]
    former = [address_text(address) for address in person.get("address", ())]
    yield "    " + "  ".join(part for part in (*written, *former) if part)
    yield f"    {request.moved.date} {request.moved.reason}  {request.why}"
    yield "    " + ", ".join(f"{asked.code} ({asked.legal_basis})" for asked in request.classes)
    if request.sensitive_purpose:
        yield say(
            f"    asks for what needs care: {request.sensitive_purpose}",
            f"    要配慮の記録を求める目的: {request.sensitive_purpose}",
        )
    for one in item.candidates:
        yield f"  → {one.atena}  {one.name}  {one.birth_date}  {_likeness(one.likeness)}"


_FINDINGS: Final = {
    "matched": say("one certain match", "一致(1人)"),
    "ambiguous": say("no certain match: look closely", "確実な一致なし: 候補を確認"),
    "unknown": say("nobody like this here", "該当者なし"),
    "protected": say("PROTECTED: decide with care", "要配慮: 支援措置等の対象者(世帯・家族、過去を含む)"),
    "": say("not looked at", "未確認"),
}
_FACTS: Final = {
    "birth_date": say("birth date", "生年月日"),
    "sex": say("sex", "性別"),
    "family": say("family name", "氏"),
    "given": say("given name", "名"),
    "kana": say("kana", "カナ"),
    "address": say("address", "住所"),
}


def _likeness(likeness: Likeness) -> str:
    facts = {told: getattr(likeness, name) for name, told in _FACTS.items()}
    agrees = [f"○{told}" for told, fact in facts.items() if fact is True]
    differs = [f"×{told}" for told, fact in facts.items() if fact is False]
    return " ".join((*agrees, *differs))


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
    release_sensitive: Annotated[
        bool,
        typer.Option(
            "--release-sensitive",
            help=say(
                "Release what needs care too, if the request says what for.",
                "目的が示されていれば、要配慮の記録も提供する",
            ),
        ),
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
                return [await approve_for(repository, towns, data, request_id, person, release_sensitive)]
            return await work_desk(repository, directory_in(towns, data), rule=certain_and_proved)

    for case in run(work):
        counts = say(
            f"{case.count} resources, {case.held_back} held back",
            f"{case.count} 件、留保 {case.held_back} 件",
        )
        console.print(f"{case.id}  {case.state}  {counts}", markup=False)


async def approve_for(
    repository: Repository,
    towns: Path | None,
    data: Path,
    request_id: str,
    number: str,
    release_sensitive: bool,
) -> Case:
    """Approves the request for the candidate with this 宛名番号."""
    directory = directory_in(towns, data)
    items = [item for item in await inbox(repository, directory) if item.case.id == request_id]
    candidates = {one.atena: one for item in items for one in item.candidates}
    chosen = candidates.get(number.zfill(15))
    if chosen is None:
        raise Refused(404, [_not_a_candidate(request_id, number)])
    return await approve(
        repository, directory, request_id, chosen.patient, release_sensitive=release_sensitive
    )


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
