"""The vocabulary of figures, read from seeds/reference and compiled into regular expressions.

Here belongs how a printed figure may look (number, 万, 余, unit, 以上) and what is none (dates,
document numbers, festivals, fixed phrases). Reading the matches belongs to `figures`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestration.pipeline.reference_tables import read_reference_table

_ARABIC = r"[0-9０-９]"
_HAN = r"[〇零一二两三四五六七八九十百千万亿半廿卅壹贰叁肆伍陆柒捌玖拾佰仟]"
HAN_CHARACTERS = _HAN[1:-1]
_SPACE = r"[^\S\n]*"
_ANY_NUMERAL = rf"(?:{_ARABIC}+|{_HAN}+)"
_STARTS = {"arabic": _ARABIC, "han": _HAN, "other": f"(?!{_ARABIC}|{_HAN})"}
CLAUSE_STOPS = "，。；：！？,;:!?\n"

HAN_READINGS = ("count", "noun", "never")
ROLES = (
    "approx_before", "approx_after", "at_least_before", "at_least_after", "at_most_before", "at_most_after",
    "deed_verb", "counted_noun", "duration_verb", "comparison", "change", "previous_year", "this_year",
    "other_period", "future", "part", "campaign", "frequency", "per_unit",
)  # fmt: skip
_ZERO_KINDS = ("denial", "denial_of_thing", "zero_word", "thing", "no_denial")


@dataclass(frozen=True, slots=True)
class Unit:
    """One row of units.csv: a printed unit and its plain form."""

    plain: str
    factor: float
    unit_class: str
    # when one Chinese digit before it counts: count always (两次), noun only beside a thing that is
    # counted (两个社区, not 两个维护), never
    han_reading: str


@dataclass(frozen=True, slots=True)
class FigureRules:
    """Vocabulary and regular expressions of figures, compiled once."""

    units: dict[str, Unit]
    scanner: re.Pattern[str]
    before: re.Pattern[str]  # 近, 不少于 … at the end of what stands before a number
    before_roles: dict[str, str]
    after_roles: dict[str, str]
    deed_before: re.Pattern[str]
    frequency_before: re.Pattern[str]
    noun_before: re.Pattern[str]
    noun_after: re.Pattern[str]
    duration_verb: re.Pattern[str]
    denial: re.Pattern[str]
    denied_thing: re.Pattern[str]
    denial_units: dict[str, str]


def any_of(words: Iterable[str]) -> str:
    """Regular expression for any of `words`, longest first; matches nothing for none."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return "(?:" + "|".join(map(re.escape, ordered)) + ")" if ordered else "(?!)"


def start_of(words: Iterable[str]) -> str:
    """Lookahead that leaves a position at once where none of `words` can start."""
    firsts = re.escape("".join(sorted({word[0] for word in words})))
    return f"(?=[{firsts}])" if firsts else "(?!)"


def load_figure_words(reference_dir: Path) -> dict[str, list[str]]:
    """Read figure_words.csv into role → words.

    Raises:
        ValueError: for an unknown role, with file, row and reason.
    """
    words: dict[str, list[str]] = {role: [] for role in ROLES}
    for row in read_reference_table(reference_dir / "figure_words.csv", ("word", "role"), "word"):
        for role in row["role"].split("|"):
            if role not in words:
                raise row.error(f"role {role!r} is not one of {', '.join(ROLES)}")
            words[role].append(row["word"])
    return words


def load_figure_rules(reference_dir: Path, words: dict[str, list[str]]) -> FigureRules:
    """Read the vocabulary of figures and compile it.

    Args:
        reference_dir: folder of units.csv, not_figures.csv and zero_phrases.csv.
        words: what `load_figure_words` returned.

    Raises:
        ValueError: for a bad row, with file, row number and reason.
    """
    units = _load_units(reference_dir / "units.csv")
    denial, thing, denial_units = _load_denials(reference_dir / "zero_phrases.csv")
    before_roles = {
        word: role.removesuffix("_before")
        for role in ("approx_before", "at_least_before", "at_most_before")
        for word in words[role]
    }
    after_roles = {
        word: role.removesuffix("_after")
        for role in ("approx_after", "at_least_after", "at_most_after")
        for word in words[role]
    }
    deeds = any_of(words["deed_verb"])
    return FigureRules(
        units=units,
        scanner=_compile_scanner(reference_dir / "not_figures.csv", units, after_roles),
        before=re.compile(
            rf"{start_of(before_roles)}"
            rf"(?:(?<![附最临邻靠亲民合契公条违])({any_of(before_roles)})(?:为|有|了|达|计)?{_SPACE}$"
            rf"|({any_of(word for word in before_roles if word[0] in '至最')})[一-鿿]{{2,4}}$)"  # 至少召开1次
        ),
        before_roles=before_roles,
        after_roles=after_roles,
        deed_before=re.compile(rf"{deeds}了?{_SPACE}$"),
        frequency_before=re.compile(r"(?:每[^，。；]{1,4}|(?:一|半|全)年)(?:至少)?[^，。；、]{0,4}$"),
        noun_before=re.compile(rf"{any_of(words['counted_noun'])}{_SPACE}$"),
        noun_after=re.compile(rf"[^，。；：、0-9]{{0,8}}?{any_of(words['counted_noun'])}"),
        duration_verb=re.compile(any_of(words["duration_verb"])),
        denial=denial,
        denied_thing=thing,
        denial_units=denial_units,
    )


def _load_units(path: Path) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    columns = ("unit", "plain_unit", "factor", "unit_class", "han_reading")
    for row in read_reference_table(path, columns, "unit"):
        if row["han_reading"] not in HAN_READINGS:
            raise row.error(f"han_reading {row['han_reading']!r} is not one of {', '.join(HAN_READINGS)}")
        try:
            factor = float(row["factor"])
        except ValueError:
            raise row.error(f"factor {row['factor']!r} is not a number") from None
        if not row["plain_unit"] or not row["unit_class"]:
            raise row.error("plain_unit and unit_class may not be empty")
        units[row["unit"]] = Unit(row["plain_unit"], factor, row["unit_class"], row["han_reading"])
    return units


def _load_denials(path: Path) -> tuple[re.Pattern[str], re.Pattern[str], dict[str, str]]:
    by_kind: dict[str, list[str]] = {kind: [] for kind in _ZERO_KINDS}
    units: dict[str, str] = {}
    for row in read_reference_table(path, ("phrase", "kind", "unit"), "phrase"):
        if row["kind"] not in by_kind:
            raise row.error(f"kind {row['kind']!r} is not one of {', '.join(_ZERO_KINDS)}")
        by_kind[row["kind"]].append(row["phrase"])
        if row["unit"]:
            units[row["phrase"]] = row["unit"]
    thing = any_of(by_kind["thing"])
    rest = r"[^，。；！？,;\n（()）]"
    starts = (phrase[0] for kind in ("denial", "denial_of_thing", "zero_word") for phrase in by_kind[kind])
    firsts = re.escape("".join(sorted(set(starts))))
    denial = re.compile(  # passes over what starts none; a match without groups is none
        rf"[^{firsts}]*(?:(?P<whole>(?<![如若凡尚防有毫])(?!{any_of(by_kind['no_denial'])})"
        rf"(?:(?P<denial>{any_of(by_kind['denial'])})(?P<object>{rest}{{1,60}})"
        rf"|(?P<of_thing>{any_of(by_kind['denial_of_thing'])})(?P<object2>(?={rest}{{0,8}}?{thing}){rest}{{1,60}})"
        rf"|(?P<zero>{any_of(by_kind['zero_word'])})))|(?s:.?))"
    )
    return denial, re.compile(thing), units


def _compile_phrases(path: Path, unit: str) -> tuple[dict[str, list[str]], set[str]]:
    """Regular expressions of not_figures.csv by the kind of their start, and the characters they start with.

    Phrases with the same start share one branch, so that a position is tried once per start.
    """
    branches: dict[str, list[str]] = {kind: [] for kind in _STARTS}
    hotlines: dict[str, list[str]] = {kind: [] for kind in _STARTS}
    tails: dict[str, list[str]] = {}
    for row in read_reference_table(path, ("phrase", "kind"), "phrase"):
        phrase, kind = row["phrase"], row["kind"]
        if not kind:
            raise row.error("kind is empty")
        if not phrase.strip("#… "):
            raise row.error(f"phrase {phrase!r} would match every numeral")
        if kind == "ordinal":
            _add_branch(branches, phrase, rf"{_compile_words(phrase)}{_SPACE}{unit}?")
        elif kind == "hotline":
            _add_branch(hotlines, phrase, _compile_words(phrase))
        elif kind == "rank":  # 目前3名, 会前12名: not a rank
            start = _compile_start(phrase[0], "[目日此之以年节会]")
            _add_branch(branches, phrase, start + _compile_words(phrase[1:]))
        else:
            tails.setdefault(phrase[0], []).append(_compile_words(phrase[1:]))
        if not phrase.startswith("#"):
            tails.setdefault(phrase[0], [])
    for kind, names in hotlines.items():
        if names:  # 12345热线 is a name, 110条 is a figure
            branches[kind].append(rf"(?<![0-9])(?:{'|'.join(names)})(?![0-9,.]|{_SPACE}[余多万]?{unit})")
    for first, endings in tails.items():
        if endings:
            ending = "|".join(sorted(endings, key=lambda words: (-len(words), words)))
            is_numeral = re.match(rf"{_ARABIC}|{_HAN}", first)
            start = _compile_start(first, _HAN) if is_numeral else _compile_words(first)
            _add_branch(branches, first, f"{start}(?:{ending})")
    return branches, set(tails) - {"#"}


def _add_branch(branches: dict[str, list[str]], phrase: str, branch: str) -> None:
    """Add a branch to the kinds of character that its phrase may start with."""
    if phrase.startswith("#"):  # any numeral
        kinds = ["arabic", "han"]
    else:
        kinds = [kind for kind, start in _STARTS.items() if re.match(start, phrase)]
    for kind in kinds:
        branches[kind].append(branch)


def _compile_start(first: str, before: str) -> str:
    """Regular expression of a first character that does not stand after `before`.

    The lookbehind stands last, so that a branch is left at its first character.
    """
    if first == "#":
        return f"(?<!{before}){_ANY_NUMERAL}"
    return f"{re.escape(first)}(?<!{before}{re.escape(first)})"


def _compile_words(words: str) -> str:
    """Regular expression of a phrase: # any numeral, … a short gap."""
    body = re.escape(words).replace(r"\#", _ANY_NUMERAL).replace("#", _ANY_NUMERAL)
    return body.replace("…", r"[^，。；]{0,8}?")


def _compile_scanner(path: Path, units: dict[str, Unit], after_roles: dict[str, str]) -> re.Pattern[str]:
    """One expression for one pass: it passes over what is no figure, up to a number with its unit.

    What is no figure is sorted by its start, as most of the time goes into branches that do not match.
    A Chinese numeral is passed over where nothing after it can make it a figure (第一责任, 统一编号): a
    report has more of these than of figures. 零 stays, as it may count alone (均为零).
    A match without groups ends where no number could be read.
    """
    unit = start_of(units) + any_of(units)
    more = "有余|[余多几来]"
    # 百分之, 三分之二, 九成, 四点七, a range, or a space before one of the others
    goes_on = (
        re.escape("".join(sorted({word[0] for word in (*units, *after_roles)})))
        + r"有余多几来分成点至到+＋—–~～\s-"
    )
    phrases, first = _compile_phrases(path, unit)
    shapes = {
        "other": (
            r"《[^》\n]{1,80}》",
            # 某府发〔2020〕2号, (2024)12号
            rf"[〔\[（(【﹝]{_SPACE}[12][0-9]{{3}}{_SPACE}[〕\]）)】﹞][^，。；\n]{{0,4}}?[0-9]+{_SPACE}号",
            # “12·4”, “1+3+N”, “15分钟服务圈”, “十五五”: names, not counts
            rf"“[^”“，。；\n]{{0,5}}?(?:{_ARABIC}|{_HAN}|双)[^”“，。；\n]{{0,14}}”",
            r"[A-Za-z][0-9A-Za-z+＋./_-]*",
        ),
        "arabic": (
            r"[0-9]{4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}",
            rf"[12][0-9]{{3}}{_SPACE}年?{_SPACE}[-—–~～至到]+{_SPACE}[12][0-9]{{3}}{_SPACE}年?",
            r"[0-9]{1,2}[-—–~～至到][0-9]{1,2}(?=[月日])",
            r"[0-9]{1,2}[:：][0-9]{2}(?![0-9])",
            r"(?<![0-9])0?[0-9]{2,3}[-—][0-9]{7,8}",
            r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])",
            # codes with Latin letters: 5A, 1+N, 91330100MA0…
            r"[0-9]+[+＋]?[A-Za-z][0-9A-Za-z+＋./_-]*",
        ),
        "han": (
            rf"{_HAN}+届(?:历|{_ANY_NUMERAL})*[次中大]?(?:[、和及，](?:{_ANY_NUMERAL}[次中]|历次))*(?:全会|全体)?",
        ),
    }
    fixed = {kind: "|".join([*shapes[kind], *phrases[kind]]) for kind in _STARTS}
    decimals = _maybe(rf"[.．]{_ARABIC}+")
    number = (
        rf"(?:(?={_HAN})"
        rf"(?:(?P<percent_han>百分之(?:百|{_HAN}+{_maybe(f'点{_HAN}+')}|{_ARABIC}+{decimals})|百分百)"
        rf"|(?P<fraction>{_HAN}分之{_HAN})"
        rf"|(?P<tenths>[一二三四五六七八九]成)(?<=[升降加少约过达近长低比超占].成)(?![立效果员功为绩]))"
        rf"|(?P<number>(?<![0-9０-９.．·/〔-]){_ARABIC}{{1,3}}(?:[,，]{_ARABIC}{{3}})+(?!{_ARABIC}){decimals}"
        rf"|(?<![0-9０-９.．·/〔]){_ARABIC}+{decimals}|{_HAN}+{_maybe(f'点{_HAN}+')})"
        + _maybe(rf"{_SPACE}(?P<more>{more})")
        + r"(?P<scale>[百千]?万?亿?)"
        + _maybe(rf"{_SPACE}(?P<more2>{more})")
        + _maybe(
            rf"(?P<joint>[-—–~～至到]{{1,2}}|[+＋])(?P<second>{_ARABIC}+{decimals}万?)(?={_SPACE}{unit})"
        )
        + _maybe(rf"{_SPACE}(?P<unit>{unit}(?![度间]))")
        + ")"
        + _maybe(rf"(?P<after>{_SPACE}{any_of(after_roles)})")
    )
    numerals = _ARABIC[1:-1] + HAN_CHARACTERS
    starts = re.escape("".join(sorted(first)))
    no_start = rf"[^{numerals}《“〔\[（(【﹝A-Za-z{starts}]*"
    # (?!) is for Python before 3.11.5, where *+ goes on from where a last branch failed (gh-106052)
    return re.compile(
        rf"(?:{fixed['other']}|[^{numerals}]{no_start}"
        rf"|(?={_ARABIC})(?:{fixed['arabic']})|(?={_HAN})(?:{fixed['han']}|(?!零){_HAN}++(?![{goes_on}]))|(?!))*+"
        rf"(?:(?P<figure>{number})|(?s:.?))"
    )


def _maybe(expression: str) -> str:
    """Regular expression of an optional part, which `?` would keep a record of repeats for."""
    return f"(?:{expression}|)"
