"""Twelve digits with a right check digit: what a 個人番号 looks like, belonging to nobody we know."""


def made_up_number(serial: int) -> str:
    """The 個人番号-like number of `serial`, by the published check digit rule (総務省令第85号, 2014)."""
    body = f"{serial * 7_919 % 10**11:011}"
    weights = (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)
    remainder = sum(int(digit) * weight for digit, weight in zip(reversed(body), weights, strict=True)) % 11
    return body + str(0 if remainder <= 1 else 11 - remainder)
