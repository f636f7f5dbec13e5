"""What tests do with a page in a browser: find elements, wait for changes and for other pages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def find(browser: Any, css: str) -> Any:
    return browser.find_element("css selector", css)


def wait_for(condition: Any, seconds: float = 15) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.05)
    return found


@contextmanager
def new_page(browser: Any) -> Iterator[None]:
    """Wait at the end of the block until another page has replaced the current one."""
    from selenium.common.exceptions import StaleElementReferenceException, WebDriverException

    page = find(browser, "html")

    def is_gone() -> bool:
        try:
            page.is_enabled()
        except StaleElementReferenceException:
            return True
        except WebDriverException:  # asked just while the page is replaced: ask again
            return False
        return False

    yield
    wait_for(is_gone)
