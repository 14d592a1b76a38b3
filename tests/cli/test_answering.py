"""What `boshi transfer inbox` shows to the responsible staff."""

from boshi.cli.transfer.answering import told
from boshi.server.transfer.asking import Asker, ClassAsked, Moved, TransferRequest
from boshi.server.transfer.cases import Case
from boshi.server.transfer.desk import Candidate, InboxItem
from boshi.server.transfer.matching import likeness
from boshi.server.transfer.towns import Town
from tests.server.transfer.families import KITAKYUSHU, NAGASU, number, patient

ASKED = patient(NAGASU, 501, "吉田", "高子", "ヨシダ タカコ", born="1995-05-05", came_from=KITAKYUSHU)
KNOWN = patient(KITAKYUSHU, 11, "吉田", "髙子", "ヨシダ タカコ", born="1995-05-06")


def test_the_staff_sees_who_asks_about_whom_why_and_what_agrees() -> None:
    request = TransferRequest(
        key="k" * 32,
        asker=Asker(NAGASU, "子育て支援課", "保健師 山本", "maternal-child-health"),
        why="転入に伴う保健指導のため",
        person={**ASKED, "address": [{"use": "old", "text": "福岡県北九州市小倉北区城内1-1"}]},
        moved=Moved("2026-11-12", "01"),
        classes=(ClassAsked("infant-checkup", "mch-act-19-2-1"),),
        sensitive_purpose="支援の継続",
    )
    case = Case("a" * 32, "2026-11-12T00:00:00.000Z", "{}", finding="ambiguous")
    like = likeness(ASKED, KNOWN)
    candidate = Candidate(str(KNOWN["id"]), number(11), "吉田 髙子", "1995-05-06", like)
    shown = "\n".join(
        told(InboxItem(case, Town(NAGASU, "長洲町", "", "0968-78-3111"), request, (candidate,)))
    )
    for word in (
        case.id, "長洲町", "0968-78-3111", "子育て支援課", "保健師 山本", "吉田 高子", "1995-05-05", "女",
        "城内1-1", "2026-11-12", "転入に伴う保健指導のため", "infant-checkup (mch-act-19-2-1)", "支援の継続",
        number(11), "1995-05-06",
    ):  # fmt: skip
        assert word in shown, word
    assert shown.count("○") >= 3 and shown.count("×") == 1
