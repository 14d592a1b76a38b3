"""The demo's short account, and where to look next."""

from urllib.parse import quote

from rich.table import Table

from boshi.cli import account
from boshi.cli.account import console
from boshi.cli.demo.journey import TOWN_A, TOWN_B, Journey
from boshi.cli.language import say


def tell_account(journey: Journey) -> None:
    """Counts by type, what was refused and why, what moved, how long each step took."""
    for code, report in journey.imported:
        console.rule(say(f"Import at {code}", f"{code} の取込"), align="left")
        account.of_import(report)
    _tell_transfers(journey)
    if journey.exported:
        console.rule(say(f"Files of {TOWN_B}", f"{TOWN_B} のファイル"), align="left")
        account.of_export(journey.exported)
    console.rule(say("Time", "所要時間"), align="left")
    console.print(_times(journey))


def tell_urls(base: str) -> None:
    """The addresses worth a look."""
    console.rule(say("Look at", "見てみる"), align="left")
    for url in (
        f"{base}/",
        f"{base}/{TOWN_A}/fhir/metadata",
        f"{base}/{TOWN_A}/fhir/Patient?name={quote('高橋')}&_count=5",
        f"{base}/{TOWN_B}/fhir/Patient?_count=5",
        f"{base}/{TOWN_B}/fhir/Immunization?_sort=-date&_count=5",
    ):
        console.print(f"  {url}", markup=False, soft_wrap=True)


def _tell_transfers(journey: Journey) -> None:
    console.rule(say(f"Transfer {TOWN_A} → {TOWN_B}", f"引き継ぎ {TOWN_A} → {TOWN_B}"), align="left")
    names = {one.patient: one.name for one in journey.newcomers}
    for outgoing in journey.transfers:
        name = names.get(outgoing.patient, outgoing.patient)
        told = say(f"{outgoing.created_records} records", f"{outgoing.created_records} 件")
        console.print(f"  {name}  {outgoing.state}  {told}  {outgoing.problem}".rstrip(), markup=False)
    for page in journey.pages:
        console.print(f"  {page}", markup=False)


def _times(journey: Journey) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, seconds in journey.seconds.items():
        table.add_row(name, f"{seconds:.1f} s")
    return table
