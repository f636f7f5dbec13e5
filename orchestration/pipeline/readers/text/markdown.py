"""Markdown (CommonMark, with GitHub's strikethrough and notes): remove the marks, keep the words."""

from __future__ import annotations

import re

from orchestration.pipeline.readers.raised import write_raised

_HEADING = re.compile(r"^#{1,6} +\S", re.MULTILINE)
_SHOWS_NOTHING = re.compile(
    r"""
    <!-- .*? -->                                   # e.g. <!-- 旧稿 -->
    | ~~ (?=\S) [^\n~]{1,2000} (?<=\S) ~~          # e.g. ~~40~~
    | !\[ [^\]\n]{0,500} \] \( [^()\n]{0,2000} \)  # e.g. ![图](a.png)
    | (?<=\S) \[\^ [^\]\s]{1,40} \] (?!:)          # e.g. 34[^1]
    """,
    re.DOTALL | re.VERBOSE,
)
_NOTE = re.compile(r"^\[\^[^\]\s]{1,40}\]:\s*", re.MULTILINE)
_LINK = re.compile(
    r"\[ ( [^\[\]\n]{1,500} ) \] \( [^()\s]{1,2000} (?: \s+ \"[^\"\n]*\" )? \)",  # [34件](http://a.cn/1)
    re.VERBOSE,
)
_TARGET = re.compile(
    r"""
    ^ \ {0,3} \[ ( [^\[\]\n^] [^\[\]\n]{0,100} ) \]: \ + \S{1,2000} (?: \ + ["'(] [^\n]* )? \n?   # e.g. [1]: http://a.cn
    """,
    re.MULTILINE | re.VERBOSE,
)
_REFERENCE = re.compile(r"\[([^\[\]\n]{1,500})\] ?\[([^\[\]\n]{0,100})\]")  # [34件][1]
_RAISED = re.compile(r"<su[pb]>([^<>\n]{1,20})</(su[pb])>", re.IGNORECASE)
_MARKS = re.compile(
    r"""
    ^(?: \#{1,6}\ + | >\ ? | \s* [-*_]{3,} \s* $ )                   # e.g. ## a   > b   ---
    | \*\* | __(?=\S) | (?<=\S)__                                    # e.g. **   __c
    | (?<![*\w]) \* (?=[^\s*]) | (?<=[^\s*\\]) \* (?![*\w])            # e.g. *a*
    """,
    re.MULTILINE | re.VERBOSE,
)
_CODE_OR_MARK = re.compile(
    r"""
    (?<!`) ` ( [^`\n]{1,200} ) ` (?!`)                  # e.g. `34`
    | (?<![A-Za-z0-9=]) == (?=\S) ( [^=\n]{1,200} ) (?<=\S) == (?![A-Za-z0-9=])      # e.g. ==34==, not a==b，c==d
    """,
    re.VERBOSE,
)
_STRESSED = re.compile(r"(?<![A-Za-z0-9_])_([^\s_][^_\n]{0,200})_(?![A-Za-z0-9_])")
_STRESSED_PART = re.compile(r"(?<=[^\s*\\])\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*(?=[^\s*])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def is_markdown(text: str) -> bool:
    """Return whether a text has a Markdown heading."""
    return "#" in text and _HEADING.search(text) is not None


def drop_marks(text: str) -> str:
    """Return a Markdown text as shown: without marks, comments, struck-out words and pictures."""
    text = _SHOWS_NOTHING.sub("", text)
    text = _NOTE.sub("", _LINK.sub(r"\1", text))
    targets = {name.lower() for name in _TARGET.findall(text)} if "]: " in text else set()
    if targets:
        text = _REFERENCE.sub(
            lambda found: found[1] if (found[2] or found[1]).lower() in targets else found[0],
            _TARGET.sub("", text),
        )
    if "<su" in text.lower():
        text = _RAISED.sub(lambda found: write_raised(found[1], found[2].lower() == "sub"), text)
    text = _CODE_OR_MARK.sub(lambda found: found[1] or found[2], text)
    text = _STRESSED_PART.sub(r"\1", text)
    text = _STRESSED.sub(r"\1", _MARKS.sub("", text))
    return _ESCAPED.sub(r"\1", text)
