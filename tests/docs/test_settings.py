from pathlib import Path

from tools.settings_page import PAGE, page


def test_settings_page_is_what_the_table_of_settings_says() -> None:
    assert Path(PAGE).read_text(encoding="utf-8") == page(), "renew it: python -m tools.settings_page"
