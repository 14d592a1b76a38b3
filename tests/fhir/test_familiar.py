from boshi.fhir.familiar import Familiar, encoded


def test_what_was_kept_is_known_again() -> None:
    familiar: Familiar[str] = Familiar()
    key = b"code " + encoded({"text": "出生体重"})
    familiar.keep(key, "8339-4")
    assert familiar.get(key) == "8339-4"


def test_it_never_holds_more_than_its_bound() -> None:
    familiar: Familiar[int] = Familiar()
    for number in range(10_000):
        familiar.keep(b"%d" % number, number)
        assert len(familiar) <= 4096
    assert familiar.get(b"9999") == 9999


def test_a_value_with_an_identifier_or_a_long_one_is_not_kept() -> None:
    familiar: Familiar[bool] = Familiar()
    familiar.keep(encoded({"reference": "Patient/a", "identifier": {"value": "000000030000111"}}), True)
    familiar.keep(encoded("長" * 600), True)
    assert not familiar
