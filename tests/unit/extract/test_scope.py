"""Scope: which figures count the whole year of the township, and which a part of it."""

from __future__ import annotations

import pytest

from orchestration.pipeline.extract.catalogue import Catalogue
from orchestration.pipeline.extract.explain import read_example
from tests.unit.extract.conftest import Extract

SCOPES = {
    "parts": ("调解纠纷160件，其中邻里纠纷58件、土地纠纷60件。", ["total", "partial", "partial"]),
    "rows of villages": ("城东村：调解纠纷100件，讲座2场；城西社区：调解纠纷80件。", ["partial"] * 3),
    "quarters": ("调解纠纷一季度12件、二季度15件，全年共56件。", ["partial", "partial", "total"]),
    "the sum of halves": (
        "1-6月检查企业60家次，7-12月检查企业70家次，合计130家次。", ["partial", "partial", "total"]),
    "the sum within a half": ("上半年检查企业60家次、工地20家次，合计80家次。", ["partial"] * 3),
    "the year's within all years": ("近三年调解纠纷320件，其中2024年86件。", ["total", "total"]),
    "all quarters": ("一至四季度调解纠纷56件，上半年和下半年共开展宣传9场。", ["total", "total"]),
    "a quarter, then the year": ("四季度，开展法治讲座3场，全年累计开展12场。", ["partial", "total"]),
    "halves of the year": ("1-6月开展宣传8场，7-12月开展10场，全年共18场。", ["partial", "partial", "total"]),
    "rows of months": ("3月：调解纠纷12件。", ["partial"]),
    "a label that is no village": ("建设美丽乡村：开展法治讲座12场。", ["total"]),
    "parts end with another unit": ("办案14起，其中涉企3起，开展了11次检查。", ["total", "partial", "total"]),
    "in brackets": ("受理诉求500件（其中投诉类180件）。", ["total", "partial"]),
    "hours of each person": ("组织培训，每人完成60学时。", ["total"]),
    "the total of its own indicator": ("全年立案268起，其中简易程序173起、普通程序95起。", ["total"] * 3),
    "outcomes of more than the part": ("受理信访43件，其中集体访2件，按期办结43件。", ["total", "partial", "total"]),
    "an outcome of the part": ("上报纠纷188件，其中邻里矛盾51件，网格内化解47件。", ["total", "partial", "partial"]),
    "one of several levels": ("调解纠纷120件，其中镇级化解12件。", ["total", "partial"]),
    "a lawsuit over a part": ("答复公开申请5件，其中因申请人不服引发行政复议1件。", ["total", "partial"]),
    "a part of a campaign": ("专项整治行动期间立案40起，其中简易程序30起。", ["partial", "partial"]),
    "days all through the year": ("利用农村大集、宪法宣传周等时机开展普法宣传活动26场。", ["total"]),
    "one week": ("宪法宣传周期间发放手册等资料500份。", ["partial"]),
    "this year behind several": ("“六五”普法期间发放资料3万份，今年以来发放8500份。", ["partial", "total"]),
    "what a number includes": ("法治讲座：31场，含线上3场。", ["total", "partial"]),
    "kinds side by side": ("办理人大代表建议7件、政协委员提案2件。", ["partial", "partial"]),
    "kinds by their words": ("现有专职人民调解员9人，兼职人民调解员127人，共136人。", ["partial", "partial", "total"]),
    "kinds behind their numbers": ("现有1名专职法治员和2名兼职法治员。", ["partial", "partial"]),
    "kinds with another thing between": (
        "现有1名专职法治员、1名法律顾问和2名兼职法治员。", ["partial", "total", "partial"]),
    "fines by procedure": (
        "简易程序28起，罚款6350元；普通程序4起，罚款5.05万元。", ["total", "partial", "total", "partial"]),
    "who appeared": ("被诉7件，本人出庭3件，副镇长出庭4件。", ["total", "partial", "partial"]),
    "how buildings went": ("违建主动自拆的有29户，依法强拆的有2户。", ["partial", "partial"]),
    "two kinds of words": ("镇级基本履职事项96项，配合履职事项72项。", ["partial", "partial"]),
    "with other units": ("人大代表7条建议、政协委员2件提案均已办复。", ["partial", "partial"]),
    "one of those who appeared": ("班子成员接访36次，书记接访12次。", ["total", "total"]),
    "the same kind twice": ("主要负责人述法2人，主要负责人书面述法9人。", ["total", "total"]),
    "levels": ("建成省级民主法治示范村2个，市级5个。", ["partial", "partial"]),
    "another thing side by side": ("调解矛盾纠纷35件、办理行政复议2件。", ["total", "total"]),
    "what came of it side by side": ("排查隐患68条、整改61条。", ["total", "total"]),
    "none side by side": ("行政诉讼一审案件2件、二审0件。", ["total", "total"]),
    "parts of what was said before": ("其中：调解邻里纠纷12件，调解婚姻纠纷9件。", ["partial", "partial"]),
    "another indicator after 其中": ("其中，调解矛盾纠纷12件，行政复议2件。", ["total", "total"]),
    "behind brackets": ("审查合同86份（其中社区34份、村20份），意见书12份。", ["total", "partial", "partial", "total"]),
    "behind half-width brackets": ("受理诉求50件(其中投诉34件)，复议2件。", ["total", "partial", "total"]),
    "behind brackets in brackets": (
        "合同86份（其中社区34份（含续签9份）、村20份），意见书12份。", ["total", *["partial"] * 3, "total"]),
    "a remark within a part": ("合同86份，其中社区34份（均已履行），清泉所9份。", ["total", "partial", "partial"]),
    "behind parts in brackets": (
        "检查120次（其中夜间检查12次），发现隐患30处，整改隐患28处。", ["total", "partial", "total", "total"]),
    "two of another thing behind a part": (
        "调解纠纷160件，其中邻里58件；检查企业9家次，检查工地8家次。", ["total", "partial", "total", "total"]),
    "behind parts and a semicolon": ("调解纠纷86件，其中邻里纠纷20件；受理信访30件。", ["total", "partial", "total"]),
    "parts on both sides of a semicolon": (
        "调解纠纷86件，其中邻里纠纷20件；土地纠纷30件。", ["total", "partial", "partial"]),
    "both kinds, then one": ("开展线上线下法治宣传24场，其中线下20场。", ["total", "partial"]),
    "posts of both kinds": ("有专兼职网格员136人，其中专职网格员9人。", ["total", "partial"]),
    "levels from one up": ("建成县级以上民主法治示范村6个，其中省级民主法治示范村2个。", ["total", "partial"]),
    "the sum in a list": ("党委会学法6次、中心组学法4次、全年学法10次。", ["partial", "partial", "total"]),
    "what came of it by 及": ("调解矛盾纠纷40件及成功调解纠纷39件。", ["total", "total"]),
    "behind brackets of a part": ("合同86份，其中村34份（含续签9份）、社区12份。", ["total", *["partial"] * 3]),
    "kinds": ("办理案件24件，市容类15件，环保类9件。", ["total", "partial", "partial"]),
    "campaign": ("在“百日攻坚”行动中，排查隐患64处，整改64处。", ["partial", "partial"]),
    "campaign with a quoted part": ("“专项”整治期间检查企业12家次，排查隐患3处。", ["partial", "partial"]),
    "campaigns counted": ("组织专项执法行动14次。", ["total"]),
    "a month's": ("禁毒宣传月期间，发放手册1500册。", ["partial"]),
    "ratio": ("每个网格配备1名网格员。", ["partial"]),
    "one village": ("红星村全年调解纠纷9件。", ["partial"]),
    "one village's committee": ("坚持源头治理，清泉村调委会化解邻里纠纷7起。", ["partial"]),
    "one village's committee in full": ("清泉村人民调解委员会成功调解邻里纠纷7起。", ["partial"]),
    "villages in turn": ("红星村、清泉村分别调解纠纷9件、7件。", ["partial", "partial"]),
    "half a year": ("上半年调解70件纠纷，下半年调解94件，全年共164件。", ["partial", "partial", "total"]),
    "a quarter": ("一季度检查30次。", ["partial"]),
    "an example": ("如双河社区通过板凳会调解纠纷12件。", ["partial"]),
    "villages' committees": ("推进村人民调解委员会建设，化解纠纷9起。", ["total"]),
    "no village of that name": ("驻村律师开展讲座8场，示范村创建5个。", ["total", "total"]),
    "a village called by a verb": ("前进村全年调解纠纷9件。", ["partial"]),
    "a community called by a verb": ("联合社区共化解纠纷3起。", ["partial"]),
    "villages beside the sum": ("行政处罚：合计19件，新庙村8件，新桥村11件。", ["total", "partial", "partial"]),
    "months beside the year": ("行政处罚：1月8件，12月11件，全年19件。", ["partial", "partial", "total"]),
    "a row of parts": ("部门·执法队：执法检查40次，行政处罚12件。", ["partial", "partial"]),
    "villages before the sum": ("调解纠纷：新庙村8件、新桥村11件，共19件。", ["partial", "partial", "total"]),
    "a kind of place": ("检查企业12家次，居住社区8个次。", ["total", "total"]),
    "where it is done": ("走进社区开展法治讲座12场，在农村开展法治讲座8场。", ["total", "total"]),
    "into villages": ("法官进村开展法治讲座12场，到乡村开展法治讲座8场。", ["total", "total"]),
    "with villages": ("联合社区开展法治讲座12场，会同各村组织法治讲座8场。", ["total", "total"]),
    "villages of a township": ("辖区社区调委会成功调解纠纷34件。", ["total"]),
    "communities in the country": ("农村社区开展法治讲座3场。", ["total"]),
    "what came to a stock": ("新增法律明白人28名，总数达210名。", ["partial", "total"]),
    "new ones that are counted": ("全镇新增纠纷12件，排查矛盾纠纷120件。", ["total", "total"]),
    "what branches do": ("中心组学法12次，村居党支部开展集中学法18次。", ["total", "partial"]),
    "what villages and communities do": ("各村、社区开展法治宣传30场。", ["partial"]),
    "what was done with villages": ("联合派出所、社区开展法治宣传30场。", ["total"]),
    "what was done in a list of places": ("深入学校、村和社区开展法治宣传30场。", ["total"]),
    "what the town and its villages do": ("我镇和各村开展法治宣传30场。", ["total"]),
    "what was done in villages": ("在6个行政村开展法治讲座18场。", ["total", "total"]),
    "what villages do": ("召开法治学习会12次，村（社区）共学习38次。", ["total", "partial"]),
    "villages that are counted": ("全镇村（社区）共11个。", ["total"]),
    "其中 without a whole": ("编制清单，其中履职事项114项。", ["total"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SCOPES.values(), ids=SCOPES)
def test_finds_the_scope(extract: Extract, text: str, expected: list[str]) -> None:
    assert [q.scope for q in extract(text)] == expected


def test_a_county_named_in_a_quotation_is_not_the_subject_after_it(extract: Extract) -> None:
    (quantity,) = extract("获评“全县2024年度平安建设先进镇”，执法检查12次。")
    assert quantity.indicator_id == "enforcement.inspections"


def test_figures_of_a_township_whose_example_is_followed_have_no_indicator(catalogue: Catalogue) -> None:
    other, own = read_example("学习柳河镇经验，该镇执法检查900次，我镇执法检查12次。", catalogue)
    assert (other.indicator_id, own.indicator_id) == (None, "enforcement.inspections")
    (own,) = read_example("推广柳河镇平安建设做法，执法检查12次。", catalogue)
    assert own.indicator_id == "enforcement.inspections"
