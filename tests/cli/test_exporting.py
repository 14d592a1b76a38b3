"""boshi export as an officer uses it."""

from pathlib import Path

from tests.cli.test_commands import boshi


def test_files_are_written_in_the_encoding_that_is_asked_for(tmp_path: Path) -> None:
    data = ("--municipality", "401005", "--data", str(tmp_path / "d"))
    assert boshi("sample", "--families", "2", "--seed", "3", "--out", str(tmp_path / "in")).returncode == 0
    assert boshi("import", *data, str(tmp_path / "in" / "residents-401005.csv")).returncode in (0, 1)
    for encoding in ("utf-8", "cp932"):
        out = tmp_path / encoding
        assert boshi("export", *data, "--out", str(out), "--encoding", encoding).returncode in (0, 1)
        header = (out / "residents-401005.csv").read_bytes().splitlines()[0].decode(encoding)
        assert header.lstrip("\ufeff").startswith("宛名番号")
