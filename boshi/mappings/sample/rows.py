"""A family's rows: for each layout its columns and values, still as dates, numbers and texts."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final, TypeAlias

from boshi.mappings.sample.my_numbers import made_up_number
from boshi.mappings.sample.people import MAN, Birth, Checkup, Dose, Family, Person, Pregnancy, Visit

Value: TypeAlias = str | int | float | date | datetime
Row: TypeAlias = Mapping[str, Value]

LAYOUTS: Final = (
    "residents",
    "pregnancy-notification",
    "prenatal-checkup",
    "birth",
    "infant-checkup-3-4m",
    "immunization",
)

KINDS: Final = {
    "hepatitis-b": ("10019", "組換え沈降Ｂ型肝炎ワクチン", 0.25),
    "rotavirus-1": ("90001", "経口弱毒生ヒトロタウイルスワクチン（１価）", 1.5),
    "dpt-ipv-hib": ("90002", "沈降精製百日せきジフテリア破傷風不活化ポリオヘモフィルスｂ型混合ワクチン", 0.5),
    "pneumococcal": ("10010", "沈降２０価肺炎球菌結合型ワクチン", 0.5),
    "bcg": ("90003", "乾燥ＢＣＧワクチン", 0.15),
    "measles-rubella-1": ("10004", "乾燥弱毒生麻しん風しん混合ワクチン", 0.5),
    "measles-rubella-2": ("10004", "乾燥弱毒生麻しん風しん混合ワクチン", 0.5),
    "varicella": ("90004", "乾燥弱毒生水痘ワクチン", 0.5),
    "japanese-encephalitis-1": ("10007", "乾燥細胞培養日本脳炎ワクチン", 0.5),
}
"""接種種類コード, ワクチン名, 接種量. Codes from 90001 are this made-up town's own."""


def rows(family: Family, town: str) -> Iterator[tuple[str, Row]]:
    """Every row of `family` with its layout, people first.

    Of a mother who is not known, only the births of her children stand in the files.
    """
    for person in family.people():
        yield "residents", _resident(family, person, town)
    for pregnancy in family.pregnancies:
        if family.mother:
            yield "pregnancy-notification", _notification(family, pregnancy)
            for visit in pregnancy.visits:
                yield "prenatal-checkup", _visit(family, pregnancy, visit)
        for birth in pregnancy.births:
            yield "birth", _birth(family, pregnancy, birth)
    for checkup in family.checkups:
        for row in _checkup(checkup):
            yield "infant-checkup-3-4m", row
    for dose in family.doses:
        yield "immunization", _dose(dose)


def padded(number: int) -> str:
    """宛名番号 as it stands in files: 15 digits."""
    return f"{number:015}"


def _resident(family: Family, person: Person, town: str) -> Row:
    child = person in family.children
    return {
        "宛名番号": padded(person.number),
        "世帯番号": padded(family.household),
        "氏名": person.written,
        "氏名カナ": person.read,
        "氏名英字": person.latin or "",
        "旧氏": person.maiden.kanji if person.maiden else "",
        "通称": person.common_name or "",
        "生年月日": person.born,
        "性別": person.sex,
        "郵便番号": family.postal_code,
        "住所": family.address,
        "住所_団体コード": town,
        "続柄": person.relation,
        "住民状態": "2" if person.removed else "1",
        "記載事由": person.entry_reason,
        "異動日": person.entered or person.born,
        "前住所": person.former_address,
        "前団体コード": person.former_municipality,
        "消除事由": person.removal_reason,
        "消除日": person.removed or "",
        "母_宛名番号": padded(family.mother.number) if child and family.mother else "",
        "出生順位": person.birth_order or "",
        "支援措置区分": family.support if child or person is family.mother else "",
        "一時保護": "1" if person is family.custody else "0",
        "個人番号": made_up_number(person.number),
    }


def _notification(family: Family, pregnancy: Pregnancy) -> Row:
    weeks = pregnancy.weeks_notified
    return {
        "宛名番号": _mother(family),
        "登録番号": f"{pregnancy.number:010}",
        "届出年月日": pregnancy.notified,
        "届出事由": "2" if pregnancy.transferred else "1",
        "届出時期": "1" if weeks <= 11 else "2" if weeks <= 19 else "3" if weeks <= 27 else "4",
        "届出週数": weeks,
        "分娩予定日": pregnancy.due,
        "最終月経開始日": pregnancy.last_period,
        "胎児数": max(len(pregnancy.births), 1),
        "妊娠回数": pregnancy.number,
        "妊娠歴": "0" if pregnancy.first else "1",
        "出産歴": "0" if pregnancy.first else "1",
        "父親_宛名番号": padded(family.father.number) if family.father else "",
        "個人番号": made_up_number(family.mother.number) if family.mother else "",
    }


def _visit(family: Family, pregnancy: Pregnancy, visit: Visit) -> Row:
    row: dict[str, Value] = {
        "宛名番号": _mother(family),
        "登録番号": f"{pregnancy.number:010}",
        "受診回数": f"{visit.count:02}",
        "受診日": visit.on,
        "受診区分": "2" if visit.elsewhere else "1",
        "健診機関名": visit.clinic,
        "妊娠週数": visit.weeks,
        "妊娠日数": visit.days,
        "体重": visit.weight,
        "子宮底長": visit.fundus or "",
        "腹囲": visit.girth or "",
        "収縮期血圧": visit.systolic,
        "拡張期血圧": visit.diastolic,
        "浮腫": visit.oedema,
        "尿蛋白": visit.protein,
        "尿糖": visit.sugar,
        "妊娠高血圧症候群": "2" if visit.systolic >= 140 or visit.diastolic >= 90 else "1",
        "妊娠糖尿病": "1" if visit.sugar == "3" else "0",
        "判定": "4" if visit.protein == "3" else "1",
    }
    if visit.count == 1:
        row |= _first_tests(pregnancy)
    return row


def _first_tests(pregnancy: Pregnancy) -> Row:
    """What is measured at the first visit only; the values follow from the mother's measures."""
    draw = int(pregnancy.height * 10) + int(pregnancy.weight_before * 10)
    return {
        "妊娠前の体重": pregnancy.weight_before,
        "身長": pregnancy.height,
        "血液型ABO": "1122334313"[draw % 10],
        "血液型Rh": "2" if draw % 200 == 0 else "1",
        "不規則抗体": "1",
        "HBs抗原": "2" if draw % 250 == 7 else "1",
        "HCV抗体": "1",
        "風疹抗体": "1" if draw % 5 == 0 else "2",
        "ヘモグロビン": 10.8 + draw % 25 / 10,
        "ヘマトクリット": 33.0 + draw % 60 / 10,
        "血小板数": 18.0 + draw % 140 / 10,
        "HTLV1抗体": "1",
        "子宮頸がん検診": "1",
    }


def _birth(family: Family, pregnancy: Pregnancy, birth: Birth) -> Row:
    child = padded(birth.child.number) if birth.child else ""
    mother = _mother(family)
    row: dict[str, Value] = {
        "宛名番号": child,
        "登録番号": f"{pregnancy.number:010}",
        "登録番号連番": f"{birth.sequence:02}",
        "母親_宛名番号": mother,
        "父親_宛名番号": padded(family.father.number) if family.father and birth.child else "",
        "保護者_宛名番号": (padded(family.father.number) if family.father else mother) if birth.child else "",
        "娩出日時": birth.at,
        "妊娠期間_週": pregnancy.weeks_born,
        "妊娠期間_日": pregnancy.days_born,
        "分娩経過": pregnancy.course,
        "分娩方法": pregnancy.method,
        "分娩所要時間": round(pregnancy.hours * 60),
        "出血量区分": "1" if pregnancy.blood_loss < 500 else "2" if pregnancy.blood_loss < 1000 else "3",
        "出血量": pregnancy.blood_loss,
        "輸血の有無": "1" if pregnancy.blood_loss > 1400 else "2",
        "児の数": len(pregnancy.births),
        "性別": "1" if birth.sex == MAN else "2",
        "出生体重": birth.weight,
        "出生身長": birth.length,
        "出生胸囲": birth.chest,
        "出生頭囲": birth.head,
    }
    if birth.child is None:
        row["特別な所見_処置"] = "3"
    else:
        row |= {"聴覚検査判定": "0" if birth.weight % 400 else "1", "先天性代謝異常等検査": "1"}
    return row


def _checkup(checkup: Checkup) -> Iterator[Row]:
    """Tall rows: one for each item."""
    head: dict[str, Value] = {
        "乳幼児健診コード": "03",
        "宛名番号": padded(checkup.child.number),
        "枝番": "01",
        "健診受診日": checkup.on,
        "実施区分": "2",
        "実施機関名": "見本市保健センター",
    }
    values = (
        ("A01", checkup.height),
        ("A02", f"{checkup.weight / 1000:.2f}"),
        ("A03", checkup.chest),
        ("A04", checkup.head),
        ("A05", checkup.months),
        ("B01", "1"),
        ("B02", checkup.feeding),
        ("B03", "3" if checkup.judgement == "4" else "1"),
        ("C01", checkup.judgement),
    )
    for item, value in values:
        unknown = item == "A03" and checkup.weight % 170 == 0
        column = "数値" if item.startswith("A") and item not in ("A06", "A07") else "文字"
        yield head | {
            "項目コード": item,
            column: "" if unknown else value,
            "不詳フラグ": "1" if unknown else "0",
        }
    if checkup.judgement == "3":
        yield head | {"項目コード": "C02", "文字": "体重の増え方を次回確認。～４か月", "不詳フラグ": "0"}


def _dose(dose: Dose) -> Row:
    code, name, volume = KINDS[dose.vaccine]
    return {
        "宛名番号": padded(dose.child.number),
        "接種種類コード": code,
        "回数": f"{2 if dose.vaccine == 'measles-rubella-2' else dose.dose:02}",
        "枝番": "01",
        "接種券番号": f"{dose.child.number % 10_000_000:07}{code[-2:]}{dose.dose}",
        "実施区分": "3" if dose.elsewhere else "2",
        "接種区分": "1" if dose.given else "2",
        "実施日": dose.on,
        "法定区分": "1",
        "実施機関名": dose.clinic,
        "医師": dose.doctor,
        "ロット番号": dose.lot if dose.given else "",
        "接種量": str(volume) if dose.given else "",
        "ワクチン名": name if dose.given else "",
        "個人番号": made_up_number(dose.child.number),
    }


def _mother(family: Family) -> str:
    return padded(family.mother.number) if family.mother else ""
