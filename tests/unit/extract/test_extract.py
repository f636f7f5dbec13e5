"""Extract: what figures count, and properties that hold for any text."""

from __future__ import annotations

from itertools import pairwise
from time import process_time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.stage import SegmentedText, extract_reports
from orchestration.pipeline.records import Section
from orchestration.pipeline.segment.sentences import split_sentences
from tests.unit.extract.conftest import Extract

SHARED_CATALOGUE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

INDICATORS = {
    "own clause": ("全年排查矛盾纠纷426起，化解419起，化解率98.4%。", [
        "disputes.found", "disputes.resolved", "disputes.resolution_rate"]),
    "closed requests by topic": ("受理热线诉求560件，办结520件，办结率92.8%。", [
        "government.citizen_requests_received", "government.citizen_requests_closed",
        "government.citizen_request_closure_rate"]),
    "closed petitions by topic": ("受理信访件60件，办结58件，办结率96.7%。", [
        "disputes.petitions_received", "disputes.petitions_closed", "disputes.petition_closure_rate"]),
    "closed cases by topic": ("行政处罚立案9件，办结8件，罚款3万余元。", [
        "enforcement.cases", "enforcement.closed_cases", "enforcement.fine_amount"]),
    "words after the unit": ("开展了11次综合查一次。", ["enforcement.joint_inspections"]),
    "adviser to the right": ("聘请2名律师担任政府法律顾问。", ["decision.legal_advisers"]),
    "village adviser is more specific": ("聘请6名律师担任村（社区）法律顾问。", ["legal_services.village_advisers"]),
    "thin clause": ("面向居民开展普法活动，全年共20场。", ["publicity.events"]),
    "level carried on": ("创建省级民主法治示范村2个，市级5个。", ["legal_services.model_villages"] * 2),
    "instance carried on": ("应诉一审行政诉讼案件5件、二审3件。", ["litigation.litigation_cases"] * 2),
    "a part that says the noun alone": ("人民调解成功化解矛盾纠纷47件，其中重大纠纷4件、疑难纠纷18件。", [
        "disputes.resolved"] * 3),
    "a part with a verb of its own": ("排查矛盾纠纷90件，其中调解纠纷61件、成功化解58件。", [
        "disputes.found", "disputes.mediated", "disputes.resolved"]),
    "a number and its sum": ("当场处罚30起4800元。", ["enforcement.simple_cases", "enforcement.fine_amount"]),
    "those who came to what is counted": ("律师进社区讲法21次，覆盖居民900人。", [
        "publicity.lectures", "publicity.participants"]),
    "goes on from the figure before": ("矛调中心受理矛盾纠纷430件，办结427件。", [
        "disputes.found", "disputes.resolved"]),
    "a rate behind a number": ("办理政协提案3件按期办结率100%。", ["oversight.npc_cppcc_proposals", None]),
    "a cell with words of its own": ("3｜矛盾纠纷调处化解｜受理42件，化解40件", [
        "disputes.found", "disputes.resolved"]),
    "a cell that another names": ("行政复议、行政诉讼｜复议1件，诉讼0件", [
        "litigation.reconsideration_cases", "litigation.litigation_cases"]),
    "a cell that says only the level": ("民主法治示范村｜国家级2个", ["legal_services.model_villages"]),
    "a cell before another": ("信访｜受理15件｜办结14件", [
        "disputes.petitions_received", "disputes.petitions_closed"]),
    "opening clause": ("学法用法常态化，中心组5次，机关干部12次。", ["capacity.study_sessions"] * 2),
    "shared by two of one indicator": ("参考率、合格率均达100%。", ["capacity.exam_pass_rate"]),
    "shared by two indicators": ("热线工单办结率、满意率均为100%。", [
        "government.citizen_request_closure_rate", "government.citizen_request_satisfaction_rate"]),
    "shared in a short way": ("热线工单办结率、满意率双100%。", [
        "government.citizen_request_closure_rate", "government.citizen_request_satisfaction_rate"]),
    "shared in quotation marks": ("热线工单办结率、满意率实现“双100%”。", [
        "government.citizen_request_closure_rate", "government.citizen_request_satisfaction_rate"]),
    "shared without a mark between": ("法律考试参考率优秀率均100%。", ["capacity.exam_pass_rate"]),
    "shared with a split noun": ("合同、协议合法性审查率均为100%。", ["decision.legality_review_rate"]),
    "as many of each": ("开展法治讲座、普法宣传活动各3场。", ["publicity.lectures", "publicity.events"]),
    "shared by two that are none": ("行政复议和行政诉讼案件数为零。", [
        "litigation.reconsideration_cases", "litigation.litigation_cases"]),
    "a denied outcome of two procedures": ("未发生行政复议、行政诉讼败诉案件。", ["litigation.lost_cases"]),
    "denied outcomes": ("全年无行政复议变更、撤销案件和行政诉讼败诉案件。", ["litigation.lost_cases"] * 2),
    "in turn": ("12345工单受理量、办结量分别为706件和701件。", [
        "government.citizen_requests_received", "government.citizen_requests_closed"]),
    "denials": ("全年不涉及行政复议、行政应诉等情况。", [
        "litigation.reconsideration_cases", "litigation.litigation_cases"]),
    "generic denial": ("全年未出现重大行政决策失误。", [None]),
    "no topic, no guess": ("办结98件。", [None]),
    "unknown things": ("路灯120盏，绿化树300株。", [None, None]),
    "excluded word": ("正在化解纠纷1件。", [None]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), INDICATORS.values(), ids=INDICATORS)
def test_assigns_the_indicator(extract: Extract, text: str, expected: list[str | None]) -> None:
    quantities = extract(text)
    assert [q.indicator_id for q in quantities] == expected
    assert all((q.rule or "").rpartition(".")[0] == (q.indicator_id or "") for q in quantities)
    assert all(0 < q.confidence <= 1 for q in quantities)


def test_people_at_an_uncatalogued_event_take_no_topic_from_the_heading(extract: Extract) -> None:
    heading = "一、抓实学法培训\n"
    assert [q.indicator_id for q in extract(f"{heading}组织旁听庭审2次，参加36人次。")] == [None, None]
    assert extract(f"{heading}全年参加36人次。")[0].indicator_id == "capacity.training_participants"


@pytest.mark.parametrize(
    ("text", "indicator_id"),
    [
        ("深入研究依法治镇工作。召开推进会3次。", "leadership.law_work_meetings"),
        ("深入研究依法治镇工作。聚焦人居环境，召开推进会3次。", None),  # has its own topic
        ("深入研究依法治镇工作。植树造林。召开推进会3次。", None),  # only the preceding sentence counts
    ],
)
def test_a_sentence_continues_the_topic_of_the_preceding_one(
    extract: Extract, text: str, indicator_id: str | None
) -> None:
    (meetings,) = extract(f"工作情况\n{text}", heading="工作情况")
    assert meetings.indicator_id == indicator_id


def test_a_section_does_not_continue_the_topic_of_another(catalogue: Catalogue) -> None:
    texts = ["研究\n深入研究依法治镇工作。\n", "会议\n召开推进会3次。"]
    starts = [0, len(texts[0])]
    sections = [
        Section(f"s{n}", "r", None, n, 1, None, text[:2], "achievements", start, start + len(text), text)
        for n, (text, start) in enumerate(zip(texts, starts, strict=True))
    ]
    text = "".join(texts)
    report = SegmentedText("r", text, sections, split_sentences("r", text, sections), 2024)
    (meetings,) = extract_reports([report], catalogue)
    assert meetings.indicator_id is None


def test_the_cause_in_a_denial_does_not_choose_its_indicator(extract: Extract) -> None:
    (denial,) = extract("未发生因调解不当引发的上访。")
    assert (denial.value, denial.indicator_id, denial.measured) == (0, None, "上访")


def test_a_contract_is_not_read_as_shared_by_all(extract: Extract) -> None:
    assert len(extract("审核重大决策和各类合同27件。")) == 1
    assert len(extract("热线办结率、热线满意率同为100%。")) == 2


def test_a_value_outside_the_catalogues_range_has_no_indicator(extract: Extract) -> None:
    (inside, outside) = extract("中心组学习12次，各支部学习1.3万次。")
    assert inside.indicator_id == "capacity.study_sessions"
    assert (outside.indicator_id, outside.value) == (None, 13000)
    assert outside.rule == "out_of_range:capacity.study_sessions"


def test_a_heading_gives_the_topic(extract: Extract) -> None:
    text = "全年受理45件，办结45件。"
    assert [q.indicator_id for q in extract(text)] == [None, None]
    assert [q.indicator_id for q in extract(f"做好信访工作\n{text}", heading="做好信访工作")] == [
        "disputes.petitions_received", "disputes.petitions_closed",
    ]  # fmt: skip


def test_a_list_gives_each_figure_its_own_noun(extract: Extract) -> None:
    advisers = extract("现有1名法治员、2名法律顾问和3名调解员。")
    assert [q.indicator_id for q in advisers] == [
        "leadership.law_staff", "decision.legal_advisers", "disputes.mediators",
    ]  # fmt: skip


def test_the_counted_item_may_follow_in_a_list_after_the_unit(extract: Extract) -> None:
    (persons,) = extract("组织116名机关干部、村干部参加法律考试。")
    assert persons.indicator_id == "capacity.exam_participants"


def test_names_assigned_in_order_end_with_their_list(extract: Extract) -> None:
    found = extract("行政处罚、行政强制、行政检查案件分别为7件和2件，举办法治讲座3场。")
    assert [q.indicator_id for q in found] == ["enforcement.cases", None, "publicity.lectures"]


def test_events_named_first_get_their_figures_in_order(extract: Extract) -> None:
    found = extract("法治讲座、法治培训分别举办3场、5场，调解纠纷96件。")
    assert [q.indicator_id for q in found] == [
        "publicity.lectures",
        "capacity.trainings",
        "disputes.mediated",
    ]


def test_villages_and_communities_share_what_follows_them(extract: Extract) -> None:
    found = extract("辖区9个社区、4个行政村都聘请了法律顾问。")
    assert [q.indicator_id for q in found] == ["legal_services.village_advisers"] * 2


def test_people_in_a_list_share_what_follows_them(extract: Extract) -> None:
    found = extract("16名班子成员、12名社区书记提交书面述法报告。")
    assert [q.indicator_id for q in found] == ["leadership.duty_statements"] * 2


def test_days_before_the_verb_do_not_share_a_figure(extract: Extract) -> None:
    found = extract("在宪法日、民法典宣传月开展了法治讲座、普法宣讲各2场。")
    assert [q.indicator_id for q in found] == ["publicity.lectures"] * 2


@pytest.mark.parametrize(
    "text",
    [
        "深入5个村，建立3个人民调解室。",
        "走访12个村，设立4个公共法律服务站。",
        "服务12个村、4个公共法律服务站。",
        "走访12个社区、4个村级公共法律服务站。",
        "配备3名窗口人员、5名专职人民调解员。",
        "组织4名退休干部、6名法律明白人参加干部讲堂。",
    ],
)
def test_a_figure_does_not_take_the_words_of_the_next_one(extract: Extract, text: str) -> None:
    other, counted = extract(text)
    assert other.indicator_id is None
    assert counted.indicator_id is not None


def test_a_run_of_filler_words_is_read_fast(extract: Extract) -> None:
    def measure(pairs: int) -> float:
        start = process_time()
        (found,) = extract(f"举办活动，{'均为' * pairs}甲3件。")
        assert found.value == 3
        return process_time() - start

    # Each pair can match in only one way; if in two, twelve more pairs would take 4,096 times as long.
    few, many = (min(measure(pairs) for _ in range(3)) for pairs in (12, 24))
    assert many < 24 * few


def test_a_verb_right_before_a_figure_belongs_to_it(extract: Extract) -> None:
    found = extract("全年信访案件26件办结25件，法治培训3期参加260人次。")
    assert [q.indicator_id for q in found] == [
        "disputes.petitions_received",
        "disputes.petitions_closed",
        "capacity.trainings",
        "capacity.training_participants",
    ]


PROBLEMS = {
    "stock": ("目前执法人员仅3人，难以满足需要。", "enforcement.officers"),
    "count": ("全年仅开展执法检查4次。", None),
    "found by others": ("清单未报备案等4个问题有待整改。", None),
    "lost lawsuit": ("行政应诉较被动，全年败诉2件。", "litigation.lost_cases"),
}


@pytest.mark.parametrize(("text", "indicator_id"), PROBLEMS.values(), ids=PROBLEMS)
def test_problems_keep_only_stated_stocks_and_lawsuits(
    extract: Extract, text: str, indicator_id: str | None
) -> None:
    assert [q.indicator_id for q in extract(text, section_type="problems")] == [indicator_id]


MEASURED = {
    "before the number": ("全年共发放宣传资料300份。", "发放宣传资料"),
    "after the unit": ("6名律师驻村。", "律师驻村"),
    "verb before, noun after": ("聘请2名法律顾问。", "法律顾问"),
}


@pytest.mark.parametrize(("text", "measured"), MEASURED.values(), ids=MEASURED)
def test_names_what_is_measured(extract: Extract, text: str, measured: str) -> None:
    assert measured in extract(text)[0].measured


def test_rows_of_one_span_are_numbered(extract: Extract) -> None:
    first, second = extract("工单办结率、工单满意率均达100%。")
    assert (first.char_start, first.char_end) == (second.char_start, second.char_end)
    assert [q.quantity_id for q in (first, second)] == [
        f"r-q{first.char_start}-0",
        f"r-q{first.char_start}-1",
    ]
    assert [q.measured for q in (first, second)] == ["工单办结率", "工单满意率"]


def test_a_numeral_that_ends_a_heading_takes_no_unit_from_the_body(extract: Extract) -> None:
    assert [q.surface for q in extract("力量编为三组织学习5次。", heading="力量编为三")] == ["5次"]
    assert [q.surface for q in extract("力量编为三组，学习5次。", heading="力量编为三组")] == ["三组", "5次"]


PIECES = st.sampled_from(
    [
        *"，、；（）“”《》率三万余件次名个%元第年至和", "\u3000", "全年", "共", "排查", "矛盾纠纷", "调解", "发放资料",
        "法律顾问", "其中", "均达", "分别为", "12", "1,278", "十余", "2024年", "未发生", "行政复议", "不涉及", "一起",
        "百分之九十",
    ]
)  # fmt: skip
SENTENCES = st.lists(PIECES, min_size=1, max_size=14).map("".join)


@SHARED_CATALOGUE
@given(st.lists(SENTENCES, min_size=1, max_size=4).map("。".join))
def test_spans_reproduce_the_surface_and_do_not_overlap(extract: Extract, text: str) -> None:
    quantities = extract(text)
    assert all(text[q.char_start : q.char_end] == q.surface != "" for q in quantities)
    assert all(q.surface in q.sentence for q in quantities)
    assert len({q.quantity_id for q in quantities}) == len(quantities)
    spans = sorted({(q.char_start, q.char_end) for q in quantities})
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@SHARED_CATALOGUE
@given(
    st.lists(SENTENCES.map(lambda words: words.strip("（《“ ")), min_size=1, max_size=3), st.integers(0, 3)
)
@example(["矛盾纠纷未发生排查"], 0)
def test_an_unrelated_figure_does_not_change_others(
    extract: Extract, sentences: list[str], place: int
) -> None:
    # without a heading, the first words of the section would serve as one, and the insertion changes them
    heading, unrelated = "工作情况", "绿化树木三百株"

    def read(inserted: str) -> list[tuple[object, ...]]:
        # each part is a paragraph, so that an open quotation mark ends with it
        parts = [*sentences[:place], inserted, *sentences[place:]]
        return [
            (q.surface, q.value, q.unit, q.qualifier, q.period, q.scope, q.indicator_id, q.rule, q.measured)
            for q in extract("\n".join([heading, *(f"{part}。" for part in parts)]), heading=heading)
            if unrelated not in q.sentence
        ]

    assert read(unrelated) == read(unrelated.removesuffix("三百株"))


LONG_TEXTS = {
    "figures without a stop": "办理信访事项41件、" * 2000,
    "numerals": "一" * 20_000,
    "digits": "1" * 20_000,
    "separators": "1,111" * 4000,
    "open quotation marks": "“一" * 6000,
    "open titles": "《一" * 6000,
    "denials": "未发生" * 4000,
    "percentages": "百分之" * 5000,
}


@pytest.mark.parametrize("text", LONG_TEXTS.values(), ids=LONG_TEXTS)
def test_time_grows_with_the_length_and_not_its_square(extract: Extract, text: str) -> None:
    def measure(part: str) -> float:
        start = process_time()
        extract(part)
        return process_time() - start

    # Eight times the length takes 8 times the time if linear, 64 if quadratic. Best of three: the machine is shared.
    part, whole = (min(measure(text[:length]) for _ in range(3)) for length in (len(text) // 8, len(text)))
    assert whole < 24 * part
