"""What an import or an export did, as tables on the terminal."""

from collections import Counter

from rich.console import Console
from rich.table import Table

from boshi.cli.language import say
from boshi.server.jobs.reports import ExportReport, FileReport, ImportReport

console = Console(highlight=False)

_SHOWN_LEFT_OUT = 20


def of_import(report: ImportReport) -> None:
    """Prints rows by file, resources by type, what was refused and why, and where the refused rows are."""
    console.print(_rows_table(report))
    console.print(_resources_table(report.resources))
    for file in report.files:
        _print_notes(file)
    speed = report.rows / report.seconds if report.seconds else 0.0
    console.print(
        say(
            f"{report.rows:,} rows in {report.seconds:.1f} s ({speed:,.0f} rows/s)",
            f"{report.rows:,} 行、{report.seconds:.1f} 秒({speed:,.0f} 行/秒)",
        )
    )


def of_export(report: ExportReport) -> None:
    """Prints the files written and what no layout could hold."""
    for path, layout, rows in report.files:
        _line(f"{rows:>9,}  {layout:<22}  {path}")
    for left in report.left_out[:_SHOWN_LEFT_OUT]:
        reason = say(left.reason, left.reason_ja)
        _line(f"  {left.layout} {left.record or left.value} {left.column}: {reason}")
    more = len(report.left_out) - _SHOWN_LEFT_OUT
    if more > 0:
        console.print(say(f"  … and {more:,} more", f"  … ほか {more:,} 件"))
    for path in report.left_out_files:
        _line(say(f"  left out, with reasons: {path}", f"  書き出せないもの(理由付き): {path}"))
    for kind, count in report.unheld.most_common():
        _line(
            say(
                f"  {count:,} × {kind}: no layout holds them",
                f"  {kind} {count:,} 件: 収めるレイアウトがない",
            )
        )


def _line(text: str, style: str = "") -> None:
    """A line that is never cut nor broken: it may hold a path to copy."""
    console.print(text, style=style, markup=False, soft_wrap=True)


def _rows_table(report: ImportReport) -> Table:
    table = Table(
        say("file", "ファイル"),
        say("rows", "行"),
        say("new", "新規"),
        say("changed", "変更"),
        say("unchanged", "変更なし"),
        say("refused", "受付不可"),
        box=None,
        pad_edge=False,
    )
    for file in report.files:
        counts = (file.rows, file.created, file.updated, file.unchanged, file.rejected)
        table.add_row(file.path.name, *(f"{count:,}" for count in counts))
    return table


def _resources_table(resources: dict[str, Counter[str]]) -> Table:
    table = Table(
        say("resource", "リソース"),
        say("new", "新規"),
        say("changed", "変更"),
        say("unchanged", "変更なし"),
        box=None,
        pad_edge=False,
    )
    for resource_type, counted in sorted(resources.items()):
        table.add_row(resource_type, *(f"{counted[key]:,}" for key in ("created", "updated", "unchanged")))
    return table


def _print_notes(file: FileReport) -> None:
    for (column, reason), count in file.reasons.most_common():
        text = f"{say(reason.en, reason.ja)} → {say(reason.remedy_en, reason.remedy_ja)}"
        _line(f"  {file.path.name}: {count:,} × {column or '-'}: {text}", style="yellow")
    for column, count in file.discarded.items():
        _line(
            say(
                f"  {file.path.name}: {count:,} values of {column} dropped unread",
                f"  {file.path.name}: {column} {count:,} 件を読まずに破棄",
            )
        )
    if file.rejects_file:
        _line(
            say(f"  mend and import again: {file.rejects_file}", f"  直して再び取り込む: {file.rejects_file}")
        )
