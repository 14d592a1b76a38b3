"""The one exception of starting: MongoDB cannot be used, with what was found and what to do."""


class StoreUnavailable(Exception):
    """MongoDB could not be found, started, attached or used; `text` and `text_ja` say the remedy."""

    def __init__(self, text: str, text_ja: str) -> None:
        self.text = text
        self.text_ja = text_ja
        super().__init__(text)
