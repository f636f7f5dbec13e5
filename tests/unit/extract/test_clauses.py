"""What a clause says beyond its words: lists without head words, titles, pending cases, what is counted."""

from __future__ import annotations

import pytest

from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.explain import read_example
from tests.unit.extract.conftest import Extract


@pytest.mark.parametrize(
    ("text", "indicator_id"),
    [
        ("普法宣传进校园7场、企业4场、集市2场。", "publicity.events"),
        ("举办民法典讲座9场、劳动法3场。", "publicity.lectures"),
        ("普法活动21场，其中集市6场、校园15场。", "publicity.events"),
        ("配备专职调解员4名、兼职31名。", "disputes.mediators"),
        ("拆除违建住房2处、围墙6处。", "enforcement.illegal_buildings_removed"),
        ("书记主持法治专题会4次、镇长2次。", "leadership.law_work_meetings"),
        ("去年召开法治专题会议3次，今年增至5次。", "leadership.law_work_meetings"),
        ("行政许可：2022年88件，2023年102件。", "enforcement.licences"),
        ("来信来访：2021年7件，2022年9件，2023年6件。", "disputes.petitions_received"),
        ("法治讲座：去年7场，今年9场。", "publicity.lectures"),
    ],
)
def test_an_item_without_a_head_word_counts_what_its_list_does(
    extract: Extract, text: str, indicator_id: str
) -> None:
    assert {quantity.indicator_id for quantity in extract(text)} == {indicator_id}


@pytest.mark.parametrize(
    "text",
    [
        "普法宣传进校园7场、安全例会4场。",
        "配备调解员4名、保洁员31名。",
        "行政许可：2022年88件，2023年退件4件。",
    ],
)
def test_an_item_that_says_something_else_inherits_nothing(extract: Extract, text: str) -> None:
    assert extract(text)[-1].indicator_id is None


def test_words_within_a_title_exclude_nothing(extract: Extract) -> None:
    (quantity,) = extract("开展《信访工作条例》宣传活动7场。")
    assert quantity.indicator_id == "publicity.events"


@pytest.mark.parametrize(
    ("text", "indicator_id"),
    [
        ("围绕《人民调解法》开展活动7场。", None),
        ("对照《矛盾纠纷排查化解方案》，完成任务7项。", None),
        ("修订《合法性审查制度》等制度7项。", None),
        ("学习《行政处罚法》7次。", "capacity.study_sessions"),
        ("宣传《法治宣传条例》7场。", "publicity.events"),
        ("印发《法治宣传手册》700册。", "publicity.materials"),
        ("下达《责令改正通知书》7份。", "enforcement.documents_issued"),
        ("开设《法治讲堂》7期。", "publicity.lectures"),
    ],
)
def test_words_in_a_title_name_what_is_counted_only_for_copies_and_issues(
    extract: Extract, text: str, indicator_id: str | None
) -> None:
    (quantity,) = extract(text)
    assert quantity.indicator_id == indicator_id


def test_a_point_used_as_a_thousands_separator_is_doubtful(extract: Extract) -> None:
    (quantity,) = extract("受理信访1.240件。")
    assert (quantity.value, quantity.indicator_id) == (1240, "disputes.petitions_received")
    assert quantity.confidence == 0.5


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("行政处罚12\n34件", ["12", "34件"]),
        ("全年办理行政处罚3.\n5万元。", ["5万元"]),
        ("行政处罚案件12\n2024年培训3次。", []),
        ("行政处罚案件12\n1、培训3次。", []),
        ("行政检查\n120\n34件", []),
        ("全年培训3次。\n34件纠纷已调解。", []),
        ("全年调解矛盾纠纷35 6件。", ["6件"]),
        ("纠纷调解成功率10 0%。", ["0%"]),
        ("全年行政处罚罚款3。5万元。", ["5万元"]),
        ("全年调解矛盾纠纷，2024 12件。", []),
        ("全年培训3次。34件纠纷已调解。", []),
    ],
)
def test_a_number_that_a_short_line_or_a_blank_may_break_is_doubtful(
    extract: Extract, text: str, doubtful: list[str]
) -> None:
    assert [quantity.surface for quantity in extract(text) if quantity.confidence == 0.5] == doubtful


@pytest.mark.parametrize(
    ("text", "indicators"),
    [
        ("分3期对辖区63名调解人员进行了业务培训。", ["capacity.trainings", "capacity.training_participants"]),
        ("走访3次，对12名村干部进行了业务培训。", [None, "capacity.training_participants"]),
    ],
)
def test_the_words_after_an_events_people_name_the_event(
    extract: Extract, text: str, indicators: list[str | None]
) -> None:
    assert [quantity.indicator_id for quantity in extract(text)] == indicators


def test_decimals_before_a_multiplier_or_a_measure_stay_decimals(extract: Extract) -> None:
    assert [quantity.value for quantity in extract("发放资料1.240万份，占地1.240亩。")] == [12400, 1.24]


@pytest.mark.parametrize(
    "text",
    [
        "收到信访件47件，正在办理3件。",
        "受理信访47件，办结44件，其余3件正在办理。",
        "受理纠纷47件，尚未化解3件。",
    ],
)
def test_unfinished_cases_have_no_indicator(extract: Extract, text: str) -> None:
    assert extract(text)[-1].indicator_id is None


def test_a_case_may_be_pending(extract: Extract) -> None:
    (quantity,) = extract("行政诉讼案件3件正在审理。")
    assert quantity.indicator_id == "litigation.litigation_cases"


def test_a_number_of_kinds_may_come_between_words_and_their_number(extract: Extract) -> None:
    assert [quantity.indicator_id for quantity in extract("承接赋权事项3类56项。")] == [
        None,
        "government.duty_items",
    ]


@pytest.mark.parametrize(
    ("text", "indicator_id"),
    [
        ("对12个村的合同进行合法性审查。", None),
        ("对9个部门开展法治督察。", None),
        ("12个村均聘请了法律顾问。", "legal_services.village_advisers"),
    ],
)
def test_a_number_of_places_is_not_of_events(extract: Extract, text: str, indicator_id: str | None) -> None:
    assert [quantity.indicator_id for quantity in extract(text)] == [indicator_id]


def test_a_total_without_a_unit_may_be_followed_by_its_parts(extract: Extract) -> None:
    values = [
        quantity.value for quantity in extract("平台录入的案件总数为212（行政检查130件、行政处罚82件）。")
    ]
    assert values == [212, 130, 82]


def test_words_far_from_their_number_make_an_indicator_doubtful(extract: Extract) -> None:
    near, far = extract("举办各类法治讲座12场。")[0], extract("举办各类法治讲座和其他内容的课程12场。")[0]
    assert near.indicator_id == far.indicator_id == "publicity.lectures"
    assert far.confidence < near.confidence


def test_a_label_may_end_with_its_unit(extract: Extract) -> None:
    found = extract("调解案件（件）：45，办结率（%）：98.5。")
    assert [(quantity.value, quantity.unit) for quantity in found] == [(45, "件"), (98.5, "%")]


def test_a_number_for_each_month_is_a_frequency(extract: Extract) -> None:
    (quantity,) = extract("法治讲座1场/月。")
    assert (quantity.indicator_id, quantity.period) == (None, "other")


def test_a_figure_in_brackets_belongs_to_the_words_before_its_bracket(extract: Extract) -> None:
    assert [quantity.indicator_id for quantity in extract("行政诉讼（2件）、行政复议（1件）。")] == [
        "litigation.litigation_cases",
        "litigation.reconsideration_cases",
    ]


def test_participants_of_an_unknown_event_are_doubtful(extract: Extract) -> None:
    (_, trained) = extract("开展厨艺交流9期，参训420人次。")
    assert trained.confidence < 0.85
    (_, farmers) = extract("举办农技培训9期，参训420人次。")  # the words before 参训 name the topic
    assert farmers.indicator_id is None
    (_, _, served) = extract("举办法治讲座8场，义诊6次，参与群众860人次。")
    assert served.indicator_id is None or served.confidence < 0.85


def test_earlier_exclusions_end_at_a_semicolon(extract: Extract) -> None:
    assert [q.indicator_id for q in extract("举办电商培训班4期，培训农户260人次。")][1] is None
    *_, trained = extract("举办电商培训班4期；开展法治培训3期，培训干部120人次。")
    assert trained.indicator_id == "capacity.training_participants"


LITIGATION, RECONSIDERATION = "litigation.litigation_cases", "litigation.reconsideration_cases"


@pytest.mark.parametrize(
    ("text", "indicator_ids"),
    [
        ("全年行政诉讼零发生。", [LITIGATION]),
        ("行政诉讼、行政复议“零发生”。", [LITIGATION, RECONSIDERATION]),
        ("行政复议“零”发生、行政诉讼零败诉。", [RECONSIDERATION, "litigation.lost_cases"]),
        ("行政诉讼和行政复议均零案件。", [LITIGATION, RECONSIDERATION]),
        ("行政规范性文件零制发。", ["rules.normative_documents_issued"]),
        ("安全事故零发生，刑事案件零发案。", [None, None]),
        ("全年行政诉讼零发生，群众零上访。", [LITIGATION, None]),
        ("规范性文件零纠错。", [None]),
        ("行政诉讼、行政复议均未发生。", [LITIGATION, RECONSIDERATION]),
        ("群体性事件没有发生，上述问题未出现。", [None]),
    ],
)
def test_zero_occurrences_apply_to_the_words_before_them(
    extract: Extract, text: str, indicator_ids: list[str | None]
) -> None:
    quantities = extract(text)
    assert [quantity.indicator_id for quantity in quantities] == indicator_ids
    assert {quantity.value for quantity in quantities} == {0}


def test_the_measured_words_of_a_denial_leave_it_out(extract: Extract) -> None:
    assert [quantity.measured for quantity in extract("行政诉讼零发生，刑事案件均零发案。")] == [
        "行政诉讼",
        "刑事案件",
    ]


@pytest.mark.parametrize(
    ("text", "indicator_ids"),
    [
        ("合法性审查：重大决策3件、合同26份。", ["decision.legality_reviews", "decision.contracts_reviewed"]),
        ("集体学法：党委会8次、中心组6次。", ["capacity.study_sessions"] * 2),
        ("走访：企业12家、商户30户。", ["government.enterprises_served"] * 2),
        ("开展执法检查：食品86家次、环保43次，发现隐患12处。", [
            "enforcement.inspections", "enforcement.inspections", "enforcement.hazards_found"]),
        ("法治宣传：培训调解员3期、发放手册500份。", ["capacity.trainings", "publicity.materials"]),
        ("复议应诉：行政复议2件、行政诉讼1件。", [RECONSIDERATION, LITIGATION]),
    ],
)  # fmt: skip
def test_words_before_a_colon_head_each_item_of_the_list_after_it(
    extract: Extract, text: str, indicator_ids: list[str | None]
) -> None:
    assert [quantity.indicator_id for quantity in extract(text)] == indicator_ids


def test_kinds_after_a_colon_are_parts_and_the_next_clause_is_a_total(extract: Extract) -> None:
    quantities = extract("排查矛盾纠纷：婚姻类46件、邻里类38件；化解103件。")
    assert [quantity.scope for quantity in quantities] == ["partial", "partial", "total"]


def test_a_townships_own_figure_after_its_villages_is_not_a_part(extract: Extract) -> None:
    quantities = extract("各村调委会共调处纠纷286件，镇调委会调处63件。")
    assert [quantity.scope for quantity in quantities] == ["partial", "total"]


@pytest.mark.parametrize(
    ("text", "indicator_id"),
    [
        ("全县执法检查900次。", None),
        ("县委书记指出：“全县执法检查900次，成绩很大。”", None),
        ("2025年，全县上下一心，执法检查900次。", None),
        ("全县开展专项行动，执法检查900次。", None),
        ("（二）全县执法检查900次。", None),
        ("二是全县执法检查900次。", None),
        ("2.全县执法检查900次。", None),
        ("全市统一部署，执法检查12次。", "enforcement.inspections"),
        ("全省平安建设会议后，执法检查12次。", "enforcement.inspections"),
        ("全国安全生产月期间，执法检查12次。", "enforcement.inspections"),
    ],
)
def test_a_larger_areas_figures_have_no_indicator_but_its_events_are_occasions(
    catalogue: Catalogue, text: str, indicator_id: str | None
) -> None:
    (quantity,) = read_example(text, catalogue)
    assert quantity.indicator_id == indicator_id


def test_only_the_townships_share_of_what_a_county_sent_counts(catalogue: Catalogue) -> None:
    county, own = read_example("县司法局向各乡镇派出法律顾问17名，我镇分到2名。", catalogue)
    assert (county.indicator_id, own.indicator_id) == (None, "decision.legal_advisers")


@pytest.mark.parametrize("who", ["社区干部向各街巷住户", "市场监管所向各乡村", "景区为各街道商铺"])
def test_serving_streets_or_villages_is_not_a_countys_work(catalogue: Catalogue, who: str) -> None:
    (leaflets,) = read_example(f"{who}发放普法传单2600份。", catalogue)
    assert leaflets.indicator_id == "publicity.materials"


@pytest.mark.parametrize(
    ("text", "is_doubtful"),
    [
        ("县司法局在我镇开展法治讲座2场。", True),
        ("县司法局到本镇开展法治讲座2场。", True),
        ("县法院到我镇举办讲座2场，普法宣传3场。", True),
        ("县司法局在我镇调研，我镇开展法治讲座2场。", False),
        ("镇司法所开展法治讲座2场。", False),
        ("县司法局指导我镇开展法治讲座2场。", False),
    ],
)
def test_what_another_body_did_in_the_township_is_doubtful(
    extract: Extract, text: str, is_doubtful: bool
) -> None:
    quantities = extract(text)
    assert None not in {quantity.indicator_id for quantity in quantities}
    assert {quantity.confidence <= 0.5 for quantity in quantities} == {is_doubtful}


def test_another_activity_after_a_figure_does_not_change_what_it_counts(extract: Extract) -> None:
    (training,) = extract("参加法治培训1次并全员通过考试。")
    assert training.indicator_id == "capacity.trainings"


def test_words_listed_before_the_next_figure_belong_to_it(extract: Extract) -> None:
    buildings, area = extract("清理12处违建钢棚、拆除面积300平方米。")
    assert [buildings.indicator_id, area.indicator_id] == ["enforcement.illegal_buildings_removed", None]


def test_a_long_list_of_laws_does_not_hide_the_activity_after_it(extract: Extract) -> None:
    (people,) = extract(
        "组织36名干部学习《民法典》、《信访工作条例》、《中华人民共和国监察法》并参加学法考试。"
    )
    assert people.indicator_id == "capacity.exam_participants"


def test_the_verb_at_the_end_of_a_long_clause_governs_what_was_reviewed(extract: Extract) -> None:
    (reviews,) = extract("对60件镇政府重大行政决策事项草案、行政规范性文件及协议进行合法性审核。")
    assert reviews.indicator_id == "decision.legality_reviews"


@pytest.mark.parametrize(
    ("text", "indicators"),
    [
        ("协调县林业局查处4件。", [None]),
        ("驻镇站所办理案件9件。", [None]),
        ("派出所查处案件9件。", [None]),
        ("县应急局、消防大队查处4件。", [None]),
        ("联合派出所查处4件。", ["enforcement.cases"]),
        ("会同县林业局查处案件4件。", ["enforcement.cases"]),
        ("松岭镇综合执法局查处案件40件。", ["enforcement.cases"]),
        ("镇城市管理执法大队查处案件40起。", ["enforcement.cases"]),
        ("片区综合执法大队查处违法案件21起。", ["enforcement.cases"]),
        ("向县水利局移送线索3条，立案2件。", [None, "enforcement.cases"]),
    ],
)
def test_cases_handled_by_another_body_are_not_the_townships(
    extract: Extract, text: str, indicators: list[str | None]
) -> None:
    assert [quantity.indicator_id for quantity in extract(text)] == indicators


@pytest.mark.parametrize(
    ("text", "indicators"),
    [
        ("劳资纠纷70件中经调解结案的51件。", [None, "disputes.mediated"]),
        ("执法记录仪6台中，4台为新购。", ["enforcement.recorders", None]),
        ("30名中层干部参加法律考试。", ["capacity.exam_participants"]),
        ("执法中队9名队员持证率100%。", ["enforcement.officers", "enforcement.certified_rate"]),
        ("执法中队9名队员持证上岗。", ["enforcement.certified_officers"]),
    ],
)
def test_a_statement_about_some_cases_does_not_apply_to_all(
    extract: Extract, text: str, indicators: list[str | None]
) -> None:
    assert [quantity.indicator_id for quantity in extract(text)] == indicators


@pytest.mark.parametrize(
    ("text", "indicator_id"),
    [
        ("受理信访52件，平台登记事件810件，办结率98%。", "disputes.petition_closure_rate"),
        ("接待群众52批，平台登记事件810件，办结率98%。", None),
        ("接待群众52批，同比增加8件，办结率98%。", "disputes.petition_closure_rate"),
    ],
)
def test_a_rate_after_uncatalogued_cases_needs_a_topic(
    extract: Extract, text: str, indicator_id: str | None
) -> None:
    assert extract(text)[-1].indicator_id == indicator_id


def test_a_rate_after_uncatalogued_cases_is_less_certain(extract: Extract) -> None:
    doubtful = extract("办理信访52件，录入网格事件810件，办结率98%。")[-1]
    sure = extract("办理信访52件，办结率98%。")[-1]
    assert doubtful.confidence is not None and sure.confidence is not None
    assert doubtful.confidence < sure.confidence


@pytest.mark.parametrize(
    ("text", "indicator_id"),
    [
        ("及时调解，一年260件。", "disputes.mediated"),
        ("一年召开1次法治专题会议。", None),
        ("组织双语普法，从春耕到秋收共24场。", "publicity.events"),
        ("组织双语普法，从镇到村共24场演习。", None),
        ("巡查41次，一般程序案件同比下降12%，降至52件。", "enforcement.general_cases"),
    ],
)
def test_the_clause_before_a_time_or_level_names_the_item(
    extract: Extract, text: str, indicator_id: str | None
) -> None:
    assert extract(text)[-1].indicator_id == indicator_id


def test_words_of_the_next_figure_do_not_apply_to_this_one(extract: Extract) -> None:
    bodies, found = extract("镇村两级调委会8个全年受理纠纷71件。")
    assert (bodies.indicator_id, found.indicator_id) == ("disputes.mediation_bodies", "disputes.found")
    stations = extract("建成1个公共法律服务工作站。")
    assert [q.indicator_id for q in stations] == ["legal_services.stations"]  # 公共 opens no clause


@pytest.mark.parametrize("who", ["执法人员累计", "调解员全年", "法制员先后"])
def test_participants_are_not_staff(extract: Extract, who: str) -> None:
    people, trainings = extract(f"组织15名{who}参加法治培训4次。")
    assert (people.indicator_id, trainings.value) == ("capacity.training_participants", 4)


def test_the_settled_disputes_are_the_next_figure(extract: Extract) -> None:
    mediated, resolved = extract("全镇共调处各类矛盾纠纷36件调解成功35件。")
    assert (mediated.indicator_id, resolved.indicator_id) == ("disputes.mediated", "disputes.resolved")
