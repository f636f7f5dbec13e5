"""Figures: value, unit and qualifier of each figure; nothing from numbers that are not figures."""

from __future__ import annotations

import pytest

from tests.unit.extract.conftest import Extract

FIGURES = {
    "plain": ("共排查隐患47个。", [("47个", 47, "个", "exact")]),
    "thousands": ("接件1,278件。", [("1,278件", 1278, "件", "exact")]),
    "full width digits": ("审查合同１２０份。", [("１２０份", 120, "份", "exact")]),
    "full width percent": ("化解率98.5％。", [("98.5％", 98.5, "%", "exact")]),
    "spaces inside": ("悬挂横幅 130 余条。", [("130 余条", 130, "条", "approx")]),
    "space before percent": ("化解率为95.7\u2002%，", [("95.7\u2002%", 95.7, "%", "exact")]),
    "ten thousand with decimals": ("覆盖2.4879万人次。", [("2.4879万人次", 24879, "人次", "exact")]),
    "money in ten thousands": ("罚款3万余元。", [("3万余元", 30000, "元", "approx")]),
    "more before the multiplier": ("投入30余万元。", [("30余万元", 300000, "元", "approx")]),
    "chinese numeral": ("发放手册两千四百册。", [("两千四百册", 2400, "册", "exact")]),
    "chinese and some": ("组织宣讲十余场。", [("十余场", 10, "场", "approx")]),
    "bare hundred": ("解答咨询百余人次。", [("百余人次", 100, "人次", "approx")]),
    "near a hundred": ("把关合同近百份。", [("百份", 100, "份", "approx")]),
    "han percent": ("满意度达百分之九十八。", [("百分之九十八", 98, "%", "exact")]),
    "hundred percent": ("案件百分百办结。", [("百分百", 100, "%", "exact")]),
    "at least after": ("巡查5次以上。", [("5次以上", 5, "次", "at_least")]),
    "at least before": ("培训不少于40学时。", [("40学时", 40, "学时", "at_least")]),
    "at least before, as not only": ("接待不止50次。", [("50次", 50, "次", "at_least")]),
    "at least before the verb": ("至少召开2次例会。", [("2次", 2, "次", "at_least")]),
    "at most": ("占比不足20%。", [("20%", 20, "%", "at_most")]),
    "about": ("约300人参加活动。", [("300人", 300, "人", "approx")]),
    "not about: 村规民约": ("指导修订村规民约2项。", [("2项", 2, "项", "exact")]),
    "not near: 附近": ("走访附近50户。", [("50户", 50, "户", "exact")]),
    "more or less after": ("参训150人左右。", [("150人左右", 150, "人", "approx")]),
    "after phrases that are none": (
        "第三季度进一步落实《一法》，依托“一件事”改革，三级联动开展检查12次。", [("12次", 12, "次", "exact")]),
    "range": ("每组走访3至5次。", [("3至5次", 3, "次", "at_least")]),
    "range in thousands": ("走访三至五千户、八百至一千人。", [
        ("三至五千户", 3000, "户", "at_least"), ("八百至一千人", 800, "人", "at_least")]),
    "range of hundred millions": ("投入1-2亿元，贷款8000万至1亿元。", [
        ("1-2亿元", 1e8, "元", "at_least"), ("8000万至1亿元", 8e7, "元", "at_least")]),
    "range of ten thousands": ("发放三万至五万份。", [("三万至五万份", 30000, "份", "at_least")]),
    "money by its sign": ("处罚当事人￥200，罚款¥3500，收缴¥2.3万；收费￥20/次，标准￥200-500。", [
        ("￥200", 200, "元", "exact"), ("¥3500", 3500, "元", "exact"), ("¥2.3万", 23000, "元", "exact")]),
    "digits of another script are no part of a number": ("调解٣5件，走访3٥户，检查4次。", [("4次", 4, "次", "exact")]),
    "not more than": ("占比没有超过15%，压缩至不得超过3次。", [
        ("15%", 15, "%", "at_most"), ("3次", 3, "次", "at_most")]),
    "time taken": ("平均办理时长3.97天。", [("3.97天", 3.97, "天", "exact")]),
    "letters for ten thousand": ("罚款3.5w元，受众2W余人次、1.2k人，资料2-3w份。", [
        ("3.5w元", 35000, "元", "exact"), ("2W余人次", 20000, "人次", "approx"),
        ("1.2k人", 1200, "人", "exact"), ("2-3w份", 20000, "份", "at_least")]),
    "a letter that ends its clause": ("发放资料12w，阅读量达3.5w+；功率220W，版本2w3。", [
        ("12w", 120000, "", "exact"), ("3.5w+", 35000, "", "at_least")]),
    "letters that are none": ("配备4K屏2块、5W灯3盏、10kW电机1台，功率220W。", [
        ("2块", 2, "块", "exact"), ("3盏", 3, "盏", "exact"), ("1台", 1, "台", "exact")]),
    "Chinese decimals are no time of day": ("投入一点二亿元、三点五万元，占零点五%，道路一点五公里，三点开会。", [
        ("一点二亿元", 1.2e8, "元", "exact"), ("三点五万元", 35000, "元", "exact"),
        ("零点五%", 0.5, "%", "exact"), ("一点五公里", 1.5, "公里", "exact")]),
    "hotline's cases": ("接到12345单912件、12345单子86件，投诉110条。", [
        ("912件", 912, "件", "exact"), ("86件", 86, "件", "exact"), ("110条", 110, "条", "exact")]),
    "session before a number": ("新一届12名顾问学习二十届三中全会、六届5次会议精神3次。", [
        ("12名", 12, "名", "exact"), ("3次", 3, "次", "exact")]),
    "the range that a law sets": ("可处2000元以上2万元以下罚款，共罚款3万元，经3次调解。", [
        ("3万元", 30000, "元", "exact")]),
    "time of day in words": ("14时30分开会，九点三十分检查2次。", [("2次", 2, "次", "exact")]),
    "years before a colon": ("行政处罚案件2023：12件，2024:34件，比例2:1。", [
        ("12件", 12, "件", "exact"), ("34件", 34, "件", "exact")]),
    "groups that are not of thousands": ("发放1,2345份，投入12,34,567元，罚款1.234,50元，培训3次。", [
        ("3次", 3, "次", "exact")]),
    "Han and Arabic parts": ("投资十亿3000万元，补助一万2000元，罚款1万5千3百元，产值2万5千亿元。", [
        ("十亿3000万元", 1.03e9, "元", "exact"), ("一万2000元", 12000, "元", "exact"),
        ("1万5千3百元", 15300, "元", "exact"), ("2万5千亿元", 2.5e12, "元", "exact")]),
    "blanks and a decimal point": ("发放1 234.5万元。", [("1 234.5万元", 12345000, "元", "exact")]),
    "plus behind its unit": ("覆盖率90%+，每村1名书记+2名调解员。", [
        ("90%+", 90, "%", "at_least"), ("1名", 1, "名", "exact"), ("2名", 2, "名", "exact")]),
    "signs of two characters": ("办结率>=98%，误差<=2%。", [
        ("98%", 98, "%", "at_least"), ("2%", 2, "%", "at_most")]),
    "tenths in digits": ("覆盖8成以上村，完成8.5成，巩固2成果，新增3成员。", [
        ("8成以上", 80, "%", "at_least"), ("8.5成", 85, "%", "exact")]),
    "long dashes": ("走访20～～30户，排查12---15件。", [
        ("20～～30户", 20, "户", "at_least"), ("12---15件", 12, "件", "at_least")]),
    "unit behind the number in brackets": ("投入35（万元），参训1.2（万人次），2023（万元）、2024（万元）。", [
        ("35（万元）", 350000, "元", "exact"), ("1.2（万人次）", 12000, "人次", "exact")]),
    "label without a colon": ("参训人数（人）340，罚没款（万元）3.5。", [
        ("340", 340, "人", "exact"), ("3.5", 35000, "元", "exact")]),
    "square metres in short": ("拆违1200平方，绿化2平方公里。", [
        ("1200平方", 1200, "平方米", "exact"), ("2平方公里", 2, "平方公里", "exact")]),
    "units as signs": ("拆除1200㎡，修路3㎞，土方30㎥。", [
        ("1200㎡", 1200, "平方米", "exact"), ("3㎞", 3, "公里", "exact"), ("30㎥", 30, "立方米", "exact")]),
    "units before their number": ("罚没款（万元）：3.5；培训（场次）：12；参加人数（万人次）：2；罚款额（元）：800", [
        ("3.5", 35000, "元", "exact"), ("12", 12, "场次", "exact"), ("2", 20000, "人次", "exact"),
        ("800", 800, "元", "exact")]),
    "digits in a row": ("调解一二三件，走访十二三户。", [("十二三户", 12, "户", "approx")]),
    "sum": ("配备1＋1名干部。", [("1＋1名", 2, "名", "exact")]),
    "no unit at a stop": ("办理信访事项41，办结诉求131", [
        ("41", 41, "", "exact"), ("131", 131, "", "exact")]),
    "no unit before the next item": ("办理执法事项86三是从严把关。", [("86", 86, "", "exact")]),
    "two units in a row": ("接待来访214批386人次。", [
        ("214批", 214, "批", "exact"), ("386人次", 386, "人次", "exact")]),
    "one after a deed": ("续聘一家律师事务所。", [("一家", 1, "家", "exact")]),
    "one after its noun": ("行政诉讼案件一起，已审结。", [("一起", 1, "起", "exact")]),
    "one behind an event": ("全年召开专题部署会一次。", [("一次", 1, "次", "exact")]),
    "one behind a deed": ("全年开展法治督察一次。", [("一次", 1, "次", "exact")]),
    "one check, no model of checks": ("年内开展执法检查一次，推行“综合查一次”。", [("一次", 1, "次", "exact")]),
    "one check at most": ("对同一企业只检查一次，检查一次不落。", []),
    "one of a phrase": ("政策一次性告知，社会一次不落。", []),
    "a numeral behind 有": ("审议的重大行政决策有四项，均已公开。", [("四项", 4, "项", "exact")]),
    "one of a frequency": ("每季度听取一次汇报。", [("一次", 1, "次", "exact")]),
    "two streets": ("把二条街建成法治街。", [("二条", 2, "条", "exact")]),
    "two tenths": ("简易案件下降两成，两成员退出。", [("两成", 20, "%", "exact")]),
    "not about: a contract signed": ("律师签约30个社区，续约4名。", [
        ("30个", 30, "个", "exact"), ("4名", 4, "名", "exact"),
    ]),
    "one of these": ("作出决定2件，其中一件申请了复议。", [
        ("2件", 2, "件", "exact"), ("一件", 1, "件", "exact"),
    ]),
    "trips of ships": ("登临渔船80艘次，护渔30航次。", [
        ("80艘次", 80, "艘次", "exact"), ("30航次", 30, "航次", "exact"),
    ]),
    "tenths": ("来访量下降三成。", [("三成", 30, "%", "exact")]),
    "fraction": ("材料精简三分之一。", [("三分之一", 1 / 3, "", "exact")]),
    "said to be zero": ("复议案件为零。", [("零", 0, "", "exact")]),
    "mixed, ten thousand": ("投入资金3万4000元。", [("3万4000元", 34000, "元", "exact")]),
    "mixed, hundred million": ("争取资金1亿2千万元。", [("1亿2千万元", 1.2e8, "元", "exact")]),
    "mixed and some": ("参与群众1万2千余人次。", [("1万2千余人次", 12000, "人次", "approx")]),
    "mixed with a Chinese tail": ("发动群众1万两千人。", [("1万两千人", 12000, "人", "exact")]),
    "ten thousand ten thousands": ("争取资金一万万元。", [("一万万元", 1e8, "元", "exact")]),
    "traditional": ("争取资金三億元，培训兩千餘人。", [
        ("三億元", 3e8, "元", "exact"), ("兩千餘人", 2000, "人", "approx")]),
    "short tail": ("投入两千四百五元。", [("两千四百五元", 2450, "元", "exact")]),
    "blank as mark of thousands": ("办结工单1 234件，回访567件。", [
        ("1 234件", 1234, "件", "exact"), ("567件", 567, "件", "exact")]),
    "two columns are not one number": ("工单 1205 345件", [("345件", 345, "件", "exact")]),
    "apostrophe as mark of thousands": ("办结工单1'234件。", [("1'234件", 1234, "件", "exact")]),
    "circle as zero": ("调解纠纷二○二件。", [("二○二件", 202, "件", "exact")]),
    "letter as zero": ("调解纠纷一O八件。", [("一O八件", 108, "件", "exact")]),
    "range in words": ("受理投诉三至五件。", [("三至五件", 3, "件", "at_least")]),
    "range of hundreds in words": ("受理投诉二百至三百件。", [("二百至三百件", 200, "件", "at_least")]),
    "range of two figures": ("受理投诉3件至5件。", [("3件至5件", 3, "件", "at_least")]),
    "range of percentages": ("满意率80%—90%。", [("80%—90%", 80, "%", "at_least")]),
    "range of percentages in words": ("满意率百分之八十至九十。", [("百分之八十至九十", 80, "%", "at_least")]),
    "a change is no range": ("由3件至5件。", [("3件", 3, "件", "exact"), ("5件", 5, "件", "exact")]),
    "neighbouring digits": ("走访农户三五户、企业十七八家。", [
        ("三五户", 3, "户", "approx"), ("十七八家", 17, "家", "approx")]),
    "neighbouring tens": ("参会二三十人。", [("二三十人", 20, "人", "approx")]),
    "some tens beside a number": ("接待几十人次，其中十几人次来自外地。", [("十几人次", 10, "人次", "approx")]),
    "number of persons: 人数 is no 数十": ("参训人数十人。", [("十人", 10, "人", "exact")]),
    "more than a thousand": ("上千人次参与。", [("千人次", 1000, "人次", "approx")]),
    "tenths and a half": ("信访量下降三成五。", [("三成五", 35, "%", "exact")]),
    "tenths at the start": ("七成以上群众知晓。", [("七成以上", 70, "%", "at_least")]),
    "fraction in thousands": ("抽查比例为一千分之三。", [("一千分之三", 0.003, "", "exact")]),
    "plus": ("接待群众200+人。", [("200+人", 200, "人", "at_least")]),
    "sign before": ("参训人员≥200人，缺席≤3人。", [
        ("200人", 200, "人", "at_least"), ("3人", 3, "人", "at_most")]),
    "minus": ("来访量同比增长-3.2%，立案增长－4件，净增负5人，增速为−1.5%。", [
        ("-3.2%", -3.2, "%", "exact"), ("－4件", -4, "件", "exact"), ("负5人", -5, "人", "exact"),
        ("−1.5%", -1.5, "%", "exact")]),
    "no minus": ("减负3项，满意率-98%，3-5件。", [
        ("3项", 3, "项", "exact"), ("98%", 98, "%", "exact"), ("3-5件", 3, "件", "at_least")]),
    "slash between": ("开展培训4场/200余人次。", [
        ("4场", 4, "场", "exact"), ("200余人次", 200, "人次", "approx")]),
    "unit in brackets": ("培训50人（次），检查8家/次。", [
        ("50人（次）", 50, "人次", "exact"), ("8家/次", 8, "家次", "exact")]),
    "unit before the number": ("受理申请件数：12。", [("12", 12, "件", "exact")]),
    "unit in the label": ("受理数（件）：12；办结数：9；", [("12", 12, "件", "exact"), ("9", 9, "", "exact")]),
    "share in quotation marks": ("实现“双100%”。", [("100%", 100, "%", "exact")]),
    "enumerated": ("推进六大工程，解决两大突出问题。", [("六大", 6, "个", "exact"), ("两大", 2, "个", "exact")]),
    "no unit before persons": ("全镇47公职人员通过考试。", [("47", 47, "", "exact")]),
    "as places begin, but of things": ("走访三家乡镇企业、两家镇属企业，组织三场乡村振兴培训。", [
        ("三家", 3, "家", "exact"), ("两家", 2, "家", "exact"), ("三场", 3, "场", "exact")]),
    "of a township, not its name": ("走访两家镇办企业和两间镇属厂房，检查三家镇管企业。", [
        ("两家", 2, "家", "exact"), ("两间", 2, "间", "exact"), ("三家", 3, "家", "exact")]),
    "hours of study": ("学法48小时。", [("48小时", 48, "小时", "exact")]),
}  # fmt: skip

NO_FIGURES = (
    "2024年7月15日，到司法所调研。", "2021—2025年规划落地。", "自2026-02-09起施行。", "会议于15:30召开。",
    "按照某府发〔2024〕18号文件执行。", "依据（2023）5号文办理。", "落实《条例（2021修订）》第22条第2款。",
    "第三季度完成清单修订。", "执行国务院令第711号。", "深入学习二十届二中、三中全会精神。",
    "贯彻六届五次、六次全会部署。", "在“12·4”宪法日宣传。", "结合6.26国际禁毒日宣传。", "4·15”安全日期间张贴标语。",
    "落实三项制度，坚持三重一大集体决策。", "增强四个意识，做到两个维护。", "打造一站式平台，推行一件事一次办。",
    "深化一村一法律顾问。", "加强执法队伍组织建设，慰问退伍人员。",
    "一是压实责任，二是抓好落实。", "作为一项重要任务，形成一支队伍。", "一起抓好落实。",
    "提供7×24小时服务。", "建设“15分钟服务圈”。", "构建“1+6+N”体系。", "用好“1站36室”阵地。", "争创5A级景区。",
    "拨打12345热线反映。", "监督电话0571-12345678。", "信用代码91330100MA00000000。",
    "年满18周岁。", "办公室在人民路66号。",
    "1.规范程序。\n2.强化培训。", "强化普法学习\n1、深化理论学习",
    "接待来访几十人次。", "接待来访好几百人次。", "走访数千户。", "发动成百上千人。",
    "咨询电话：68123456，68123457。", "咨询电话68123456个。", "拨打（010）12345678或400-123-4567。",
    "手机13900000000。",
    "邮编401320，备案号：500113。", "登记编号11-2024-0153。", "落实党的二十大精神和十九大报告。",
    "执法三大队、四大班子。",
    "男女比例2:1，师生比1∶30，表决12：3。", "师生比1:30,男女比例2:1;", "满意率98,5%。",
    "办结率98，5％，", "依据第12-15条办理。",
    "咨询电话：68123456转803、",
    "见表1、图3，如附件2。", "名列前10，", "1户1策、1人1档。", "做到两个百分百。",
    "日期：12。", "六一活动，三五普法。", "二0二四年，二O二五年。",
    "（某委法20249）", "（1）抓学习。（2）抓考核。", "推进“八五”普法和十五五规划。", "打通最后一公里。",
    "最多跑一次改革见效。", "千家万户受益。",
    "五家乡、三台县和九台区相互学习。", "三元里街道、七棵树镇、陆家嘴街道、五大连池镇结对。",
    "在五人墩村普法，到两家子镇调研。",
    "镇、村两级联动，三级审核。", "24小时自助办理。",
)  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FIGURES.values(), ids=FIGURES)
def test_finds_the_figure(extract: Extract, text: str, expected: list[tuple[str, float, str, str]]) -> None:
    found = [(q.surface, pytest.approx(q.value), q.unit, q.qualifier) for q in extract(text)]
    assert found == expected


@pytest.mark.parametrize("text", NO_FIGURES)
def test_finds_no_figure(extract: Extract, text: str) -> None:
    assert [q.surface for q in extract(text)] == []


DENIALS = {
    "two things": ("全年不涉及行政复议、行政应诉等情况。", [("不涉及行政复议", "件"), ("行政应诉", "件")]),
    "joined by and": ("未发生行政复议和行政诉讼案件。", [("未发生行政复议", "件"), ("行政诉讼案件", "件")]),
    "one thing with a list in it": (
        "未出现因程序不当、内容违法等被撤销的文件。", [("未出现因程序不当、内容违法等被撤销的文件", "件")],
    ),
    "printed unit": ("无一起干部违规干预案件。", [("无一起干部违规干预案件", "起")]),
    "one within a denial": ("没有发生一起行政复议案件。", [("没有发生一起行政复议案件", "起")]),
    "one as a digit": ("全年未发生1起行政诉讼案件。", [("未发生1起行政诉讼案件", "起")]),
    "one of anything": ("巡查未发现 1 处隐患。", [("未发现 1 处隐患", "处")]),
    "a request, by whom and how": (
        "未收到公民、法人或其他组织以任何形式提出的信息公开申请。",
        [("未收到公民、法人或其他组织以任何形式提出的信息公开申请", "件")],
    ),
    "zero words": ("实现零投诉、零上访。", [("零投诉", ""), ("零上访", "")]),
    "outcome of two procedures": ("未发生行政复议、行政诉讼败诉案件。", [("未发生行政复议、行政诉讼败诉案件", "件")]),
    "outcomes of one procedure": (
        "无行政复议变更、撤销案件和行政诉讼败诉案件。",
        [("无行政复议变更、撤销案件", "件"), ("行政诉讼败诉案件", "件")],
    ),
    "before a bracket": ("收到判决书4份（无败诉）。", [("4份", "份"), ("无败诉", "件")]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), DENIALS.values(), ids=DENIALS)
def test_reads_an_explicit_none(extract: Extract, text: str, expected: list[tuple[str, str]]) -> None:
    quantities = extract(text)
    assert [(q.surface, q.unit) for q in quantities] == expected
    assert all(q.value == 0 for q in quantities if q.surface != "4份")


@pytest.mark.parametrize("section_type", ["problems", "plans"])
def test_a_shortcoming_is_not_a_denial(extract: Extract, section_type: str) -> None:
    assert extract("部分村未发生行政复议案件。", section_type) == []


@pytest.mark.parametrize(
    "text",
    [
        "坚决防止发生群体性事件。",
        "凡未经审查的一律不得上会。",
        "群众无法到场办理。",
        "查处无证经营案件。",
        "未发生3起以上的重复上访。",
        "没有收到群众对信息公开的意见。",
        "没有1万元以上的罚款。",
    ],
)
def test_these_deny_nothing(extract: Extract, text: str) -> None:
    assert [q for q in extract(text) if q.value == 0] == []
