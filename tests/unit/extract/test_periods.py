"""Extract: which period a figure belongs to, and which figures are frequencies, ratios or changes, not counts."""

from __future__ import annotations

import pytest

from tests.unit.extract.conftest import Extract

PERIODS = {
    "this year": ("2024年受理信访98件。", ["report_year"]),
    "no year": ("受理信访98件。", ["report_year"]),
    "last year, then this": ("2023年受理信访120件，2024年受理信访98件。", ["previous_year", "report_year"]),
    "named last year": ("去年罚款3万元，今年罚款2万元。", ["previous_year", "report_year"]),
    "from, to": ("矛盾纠纷由上年的310件降至268件。", ["previous_year", "report_year"]),
    "from, and after a comma to": ("矛盾纠纷由上年的310件，降至268件。", ["previous_year", "report_year"]),
    "from, to, without a year": ("调解成功率从96%提升到98%。", ["other", "report_year"]),
    "two rates of a year": ("从严从快办理，办结率96%，满意率达到98%。", ["report_year", "report_year"]),
    "long ago": ("2020年调解纠纷90件。", ["other"]),
    "several years": ("2021年至2024年培养法律明白人180人。", ["other"]),
    "months into the next year": ("2024年1月至2025年1月，调解纠纷90件。", ["report_year"]),
    "months from the year before": ("2023年12月至2024年11月，调解纠纷90件。", ["report_year"]),
    "months of other years": ("2022年1月至2023年1月，调解纠纷90件。", ["other"]),
    "since": ("2022年以来审查合同400份。", ["other"]),
    "recent years": ("近三年化解积案45件。", ["other"]),
    "years together": ("三年累计化解积案45件。", ["other"]),
    "two years together": ("2024年调解成功270件，两年合计成功580件。", ["report_year", "other"]),
    "what is to come within the year": (
        "今后将加大投入，年内再聘请律师2名；全年开展讲座3场。", ["plan", "report_year"]),
    "hoped for, and done": ("力争小事不出村，全年调解纠纷96件。", ["report_year"]),
    "years past": ("两年来调解纠纷190件。", ["other"]),
    "a year in Chinese figures": ("二〇二四年累计化解积案15件。", ["report_year"]),
    "once in the year": ("研究法治建设一年共5次。", ["report_year"]),
    "change of a share": ("信访总量同比下降12%。", ["other"]),
    "change of a count": ("调解案件较上年增加35件。", ["other"]),
    "points": ("满意率97.6%，较去年提高2.3个百分点。", ["report_year", "other"]),
    "risen to": ("知晓率提升为85%，降幅为3%。", ["report_year", "other"]),
    "reached, not changed": ("知晓率提高到85%。", ["report_year"]),
    "below last year": ("调解纠纷96件，较2023年下降12%，成功率98%。", ["report_year", "other", "report_year"]),
    "in brackets": ("调解纠纷96件（较上年减少3件），成功率98%。", ["report_year", "other", "report_year"]),
    "above the count of last year": ("比2023年的80件增加16件，调解率98%。", ["previous_year", "other", "report_year"]),
    "compared with last year": ("与去年同期相比，纠纷减少12件，化解率98%。", ["other", "report_year"]),
    "what last year asked for": ("针对去年存在的问题，举办讲座3场。", ["report_year"]),
    "on the ground of last year": ("在去年工作的基础上，举办讲座3场。", ["report_year"]),
    "a year, then its rate": ("2023年，调解纠纷80件，成功率95%。", ["previous_year", "previous_year"]),
    "a reference within a year": ("2023年，按照2022年要求，调解纠纷80件。", ["previous_year"]),
    "how often": ("每月召开1次例会，每年学习40学时。", ["other", "other"]),
    "how many each has": ("每村配备法律顾问1名。", ["report_year"]),
    "a plan, then its verb again": ("计划开展宣讲10场，全年开展12场。", ["plan", "report_year"]),
    "a plan of two things": ("计划开展宣讲10场，开展培训3期。", ["plan", "plan"]),
    "a plan, then what came of it": (
        "计划开展讲座12场，实际开展15场，培训3期。", ["plan", "report_year", "report_year"]),
    "a plan of the beginning": (
        "年初计划检查20次，全年检查25次。原计划培训3期，目前培训4期。",
        ["plan", "report_year", "plan", "report_year"]),
    "a year between": ("立案38起，去年同期51起，结案36起。", ["report_year", "previous_year", "report_year"]),
    "last year by itself": ("立案38起，去年立案51起，结案48起。", ["report_year", "previous_year", "previous_year"]),
    "only part of a plan": ("原计划培训6期，因故只办了4期。", ["plan", "report_year"]),
    "what was planned then": ("按照年初计划检查20次。", ["report_year"]),
    "a plan in part carried out": ("拟对3家企业立案，已立案2起。", ["plan", "report_year"]),
    "a plan that was carried out": ("今年计划检查48次，已完成46次。", ["plan", "report_year"]),
    "a plan up to the semicolon": ("拟制定文件2件；开展讲座3场。", ["plan", "report_year"]),
    "a plan with its deadline": ("力争2024年底前化解率达到99%。", ["plan"]),
    "a target, then what came of it": (
        "目标任务为化解率98%，实际完成98.8%。县里下达任务数培训4期，完成5期。",
        ["plan", "report_year", "plan", "report_year"]),
    "a number planned behind its noun": (
        "执法检查计划120次，完成136次。制定普法计划3份。", ["plan", "report_year", "report_year"]),
    "a task, then what came of it": (
        "县下达排查纠纷任务40件，完成34件。完成任务12件。", ["plan", "report_year", "report_year"]),
    "what was asked for": ("按照要求全年学法不少于12次，实际学法14次。", ["plan", "report_year"]),
    "a target exceeded": ("较目标任务数超额完成，开展讲座14场。", ["report_year"]),
    "years in turn": (
        "2022年、2023年和2024年分别调解纠纷180件、172件、164件，化解率98%。",
        ["other", "previous_year", "report_year", "report_year"]),
    "years in turn, this one first": ("2024年、2023年分别审查合同26份和21份。", ["report_year", "previous_year"]),
    "moved to what it is this year": (
        "纠纷由2023年的172件下降到2024年的164件。", ["previous_year", "report_year"]),
    "no plan": ("审查拟出台的文件3件，按计划开展讲座12场，拟定方案2份。", ["report_year"] * 3),
    "a year in brackets": (
        "行政诉讼3件（2023年2件），行政复议1件。", ["report_year", "previous_year", "report_year"]),
    "left over from last year": (
        "受理行政案件4件（含上年结转1件），审结3件。", ["report_year", "previous_year", "report_year"]),
    "next year": ("明年将培育法律明白人30名。", ["plan"]),
    "year within a title": ("按照《2022年工作要点》审查合同8份。", ["report_year"]),
    "year of a document": ("依据某发〔2022〕8号审查合同8份。", ["report_year"]),
    "five years of 普法": ("“七五”普法期间开展活动60场，今年开展8场。", ["other", "report_year"]),
    "compared with the year before": (
        "信访20件，与上年同期上升15%；来访13批。", ["report_year", "other", "report_year"]),
    "a demand that is met or not": ("按照化解率达到98%的要求，化解率99%。", ["plan", "report_year"]),
    "compared with a year by 同比": (
        "行政检查353次，与2022年同比上升5%；行政处罚12件。", ["report_year", "other", "report_year"]),
    "carried over": ("上年结转信访件4件，办结信访18件。", ["previous_year", "report_year"]),
    "the years of what is worked on": ("对2008年以来的规范性文件进行清理，废止9件。", ["report_year"]),
    "how many they are that are worked on": (
        "对2021年以来排查的600件矛盾纠纷进行回访，化解58件。", ["other", "report_year"]),
    "a number that moved against the year before": (
        "2023年受理信访30件同比下降10%，办结28件。", ["previous_year", "other", "previous_year"]),
    "became more behind a noun": ("由上年的2名调解员增加为4名。", ["previous_year", "report_year"]),
    "more than in a year, behind a comma": ("与2023年相比，多受理行政复议2件。", ["other"]),
    "in many forms, against a year": ("与2023年相比，多形式开展讲座12场。", ["report_year"]),
    "the year's within all years": ("累计调解纠纷320件，其中2024年86件。", ["other", "report_year"]),
    "the year's within what there is": ("累计培育法律明白人60名，其中2024年12名。", ["report_year"] * 2),
    "what is new within the year": ("全年累计调解纠纷320件，其中2024年新发生86件。", ["report_year"] * 2),
    "became more without a figure": ("法律顾问单位由上年的一家增加到两家。", ["report_year"]),
    "grown within another year": ("2022年人民调解员由8人增加到15人。", ["other", "other"]),
    "grown within the year before": (
        "上年，人民调解员由8人增加到15人。2024年调解员由5人增加至9人。",
        ["previous_year", "previous_year", "other", "report_year"]),
    "grown since": ("2022年以来，人民调解员由8人增加到15人。", ["other", "report_year"]),
    "grown from another year to now": ("2022年底到现在，调解员由8人增加到15人。", ["other", "report_year"]),
    "since a body began to work": ("综治中心运作以来，调解纠纷733件。", ["other"]),
    "of five years": ("五年累计召开法治专题会议14次。", ["other"]),
    "more than in a year": ("调解成功302件，同2022年相比多调成41件。", ["report_year", "other"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PERIODS.values(), ids=PERIODS)
def test_finds_the_period(extract: Extract, text: str, expected: list[str]) -> None:
    assert [q.period for q in extract(text)] == expected


def test_plans_are_plans_without_an_indicator(extract: Extract) -> None:
    (quantity,) = extract("每半年召开1次党委会议听取汇报。", section_type="plans")
    assert (quantity.value, quantity.period, quantity.indicator_id) == (1, "plan", None)


def test_changes_have_no_indicator(extract: Extract) -> None:
    assert [q.indicator_id for q in extract("调解纠纷增长15.6%，较上年纠纷调解减少2件。")] == [None, None]


def test_without_a_report_year_every_year_counts_as_it(extract: Extract) -> None:
    assert [q.period for q in extract("2019年受理信访98件。", report_year=None)] == ["report_year"]


@pytest.mark.parametrize(
    "text",
    [
        "每季度召开1次法治专题会议。",
        "每月开展5次以上巡查。",
        "每个网格配备1名网格员。",
        "每村至少4名法律明白人。",
        "每半年听取一次法治建设汇报。",
        "执法队员人均办理行政处罚案件31件。",
        "对同一企业的执法检查平均2.1次。",
        "罚款50元至200元不等。",
    ],
)
def test_frequencies_and_ratios_have_no_indicator(extract: Extract, text: str) -> None:
    assert [q.indicator_id for q in extract(text)] == [None]


@pytest.mark.parametrize("text", ["法治带头人均参加法治培训3次。", "针对工作水平均衡问题开展法治培训3次。"])
def test_words_ending_in_a_person_or_opening_with_even_are_not_averages(extract: Extract, text: str) -> None:
    assert [q.indicator_id for q in extract(text)] == ["capacity.trainings"]


@pytest.mark.parametrize(
    ("text", "indicators"),
    [
        ("每半年听取一次法治建设汇报，召开一次法治专题会议。", [None, None]),  # the frequency continues
        ("每半年听取一次法治建设汇报，全年召开法治专题会议3次。", [None, "leadership.law_work_meetings"]),
        ("每半年听取一次法治建设汇报，召开法治专题会议3次。", [None, "leadership.law_work_meetings"]),
    ],
)
def test_a_frequency_governs_the_verb_after_the_comma(
    extract: Extract, text: str, indicators: list[str | None]
) -> None:
    assert [q.indicator_id for q in extract(text)] == indicators


def test_a_sum_and_a_name_are_not_frequencies(extract: Extract) -> None:
    (sum_of_all,) = extract("中心组、每周例会等累计学法41次。")
    (named,) = extract("举办“每月一法”学习12期。")
    assert {sum_of_all.indicator_id, named.indicator_id} == {"capacity.study_sessions"}


def test_averages_and_words_that_look_like_them_keep_their_indicators(extract: Extract) -> None:
    (rate,) = extract("热线诉求平均办结率98%。")
    (heads,) = extract("负责人均出庭应诉5次。")
    assert (rate.indicator_id, heads.indicator_id) == (
        "government.citizen_request_closure_rate",
        "litigation.head_appearances",
    )


def test_a_number_of_aspects_or_fields_is_not_a_count(extract: Extract) -> None:
    assert [q.indicator_id for q in extract("在纠纷化解、普法等九个方面下功夫，梳理执法8个领域。")] == [
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "indicators"),
    [
        ("每个网格配备网格员1名、网格长1名。", [None, None]),
        ("每村配备法律顾问1名，配备人民调解员2名、网格员3名。", [None, None, None]),
        ("每个行政村配备3名法律明白人和1名法治带头人。", [None, None]),
        ("现有法律明白人85名和法治带头人9名。", ["legal_services.law_literate_villagers"] * 2),
        ("每村设调解室1个，聘请人民调解员85名。", [None, "disputes.mediators"]),  # no village has so many
    ],
)
def test_a_figure_for_each_unit_continues_through_its_list(
    extract: Extract, text: str, indicators: list[str | None]
) -> None:
    assert [q.indicator_id for q in extract(text)] == indicators


def test_a_fine_for_each_is_not_a_sum(extract: Extract) -> None:
    found = extract("罚款从200元到500元不等，罚没款累计2700元。")
    assert [q.indicator_id for q in found] == [None, None, "enforcement.fine_amount"]


@pytest.mark.parametrize(
    "text", ["比2023年多化解41起。", "矛盾纠纷较上年少受理12件。", "比去年多排查纠纷9件。"]
)
def test_more_than_last_year_is_the_size_of_a_change(extract: Extract, text: str) -> None:
    assert [q.indicator_id for q in extract(text)] == [None]


def test_words_for_relatively_and_frequent_are_not_changes(extract: Extract) -> None:
    (found,) = extract("较为集中排查多发纠纷12件。")
    assert (found.indicator_id, found.value) == ("disputes.found", 12)


def test_a_name_that_begins_with_more_is_not_a_change(extract: Extract) -> None:
    assert [q.indicator_id for q in extract("今年多元化解纠纷41起。")] == ["disputes.resolved"]


@pytest.mark.parametrize(
    ("text", "indicator_id"),
    [
        ("行政处罚案件（简易程序）15件。", "enforcement.simple_cases"),
        ("处罚案件（普通程序）：7件。", "enforcement.general_cases"),
        ("人民调解委员会（含行业性）12个。", "disputes.mediation_bodies"),
        ("行政处罚案件（单位：件）15件。", "enforcement.cases"),
    ],
)
def test_a_bracket_before_the_number_says_which_are_counted(
    extract: Extract, text: str, indicator_id: str
) -> None:
    assert [q.indicator_id for q in extract(text)] == [indicator_id]
