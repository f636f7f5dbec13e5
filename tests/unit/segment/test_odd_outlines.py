"""Outlines as townships write them, in our own words: which lines are headings, their level and type.

An expected row is `level ordinal heading type`; `-` means no ordinal or no heading.
"""

from __future__ import annotations

from time import process_time

import pytest

from orchestration.pipeline.segment.headings import HeadingRules
from orchestration.pipeline.segment.outline import split_sections

PROSE = (
    "云溪镇围绕年度目标，把各项任务分到岗位和个人，每月检查一次进度，"
    "遇到难题当场商量办法，年底逐项对账销号，群众的意见比往年少了许多。"
)

CASES: dict[str, tuple[str, list[str]]] = {
    "full-width marks": (
        f"一、主要举措和成效\n（一）抓学习。{PROSE}\n1.办好夜校。{PROSE}\n二、存在的不足\n{PROSE}",
        [
            "1 一 主要举措和成效 achievements",
            "2 一 抓学习 achievements",
            "3 1 办好夜校 achievements",
            "1 二 存在的不足 problems",
        ],
    ),
    "half-width brackets and stops": (
        f"一.主要做法\n(一)抓牢学习,学在前头。{PROSE}\n(二)抓实执法:{PROSE}",
        ["1 一 主要做法 achievements", "2 一 抓牢学习,学在前头 achievements", "2 二 抓实执法 achievements"],
    ),
    "mixed brackets": (
        f"一、工作开展情况\n（一)抓学习\n{PROSE}\n(二）抓执法\n{PROSE}\n〔三〕抓服务\n{PROSE}",
        [
            "1 一 工作开展情况 achievements",
            "2 一 抓学习 achievements",
            "2 二 抓执法 achievements",
            "2 三 抓服务 achievements",
        ],
    ),
    "opening bracket lost": (
        f"一、工作开展情况\n一）学在深处\n{PROSE}\n二）干在实处\n{PROSE}",
        ["1 一 工作开展情况 achievements", "2 一 学在深处 achievements", "2 二 干在实处 achievements"],
    ),
    "closing bracket lost": (
        f"一、工作开展情况\n（一）学在深处\n{PROSE}\n（二干在实处\n{PROSE}\n（三）管在细处\n{PROSE}",
        [
            "1 一 工作开展情况 achievements",
            "2 一 学在深处 achievements",
            "2 二 干在实处 achievements",
            "2 三 管在细处 achievements",
        ],
    ),
    "stop of 一、 lost": (
        f"一、工作开展情况\n{PROSE}\n二 存在问题\n{PROSE}\n三、下一步打算\n{PROSE}",
        ["1 一 工作开展情况 achievements", "1 二 存在问题 problems", "1 三 下一步打算 plans"],
    ),
    "stop of 1. lost": (
        f"（一）重点工作\n1.摸清底数\n{PROSE}\n2建好台账\n{PROSE}\n3.盯住整改\n{PROSE}",
        [
            "2 一 重点工作 achievements",
            "3 1 摸清底数 achievements",
            "3 2 建好台账 achievements",
            "3 3 盯住整改 achievements",
        ],
    ),
    "stops after brackets": (
        f"（一）、抓学习\n{PROSE}\n（二）．抓执法\n{PROSE}",
        ["2 一 抓学习 achievements", "2 二 抓执法 achievements"],
    ),
    "3、 beside 1.": (
        f"（一）落实责任\n1.上级交办的事。{PROSE}\n2．自己要办的事。{PROSE}\n3、群众盼办的事。{PROSE}",
        [
            "2 一 落实责任 achievements",
            "3 1 上级交办的事 achievements",
            "3 2 自己要办的事 achievements",
            "3 3 群众盼办的事 achievements",
        ],
    ),
    "comma after 一": (
        f"一，主要做法\n{PROSE}\n二，存在问题\n{PROSE}",
        ["1 一 主要做法 achievements", "1 二 存在问题 problems"],
    ),
    "white space after the mark": (
        f"一、 主要做法\n{PROSE}\n（一） 抓学习\n{PROSE}\n1. 办夜校\n{PROSE}",
        ["1 一 主要做法 achievements", "2 一 抓学习 achievements", "3 1 办夜校 achievements"],
    ),
    "mark on a line of its own": (
        f"一、\n主要做法\n{PROSE}\n二、\n存在问题\n{PROSE}",
        ["1 一 主要做法 achievements", "1 二 存在问题 problems"],
    ),
    "repeated ordinal": (
        f"（一）抓学习\n{PROSE}\n（二）抓执法\n{PROSE}\n（二）抓服务\n{PROSE}",
        ["2 一 抓学习 achievements", "2 二 抓执法 achievements", "2 二 抓服务 achievements"],
    ),
    "skipped ordinal": (
        f"一、主要做法\n{PROSE}\n三、存在问题\n{PROSE}\n五、下一步打算\n{PROSE}",
        ["1 一 主要做法 achievements", "1 三 存在问题 problems", "1 五 下一步打算 plans"],
    ),
    "count goes on across parents": (
        f"（一）学法\n1.办夜校。{PROSE}\n2.办讲堂。{PROSE}\n（二）用法\n3.审合同。{PROSE}",
        [
            "2 一 学法 achievements",
            "3 1 办夜校 achievements",
            "3 2 办讲堂 achievements",
            "2 二 用法 achievements",
            "3 3 审合同 achievements",
        ],
    ),
    "outline starts at （一）": (
        f"{PROSE}\n（一）抓学习\n{PROSE}\n（二）抓执法\n{PROSE}\n（三）存在的不足\n{PROSE}\n（四）下一步打算\n{PROSE}",
        [
            "0 - - preamble",
            "2 一 抓学习 achievements",
            "2 二 抓执法 achievements",
            "2 三 存在的不足 problems",
            "2 四 下一步打算 plans",
        ],
    ),
    "outline of 1. only": (
        f"{PROSE}\n1.学习培训。{PROSE}\n2.规范执法。{PROSE}\n3.存在问题。{PROSE}",
        ["0 - - preamble", "3 1 学习培训 achievements", "3 2 规范执法 achievements", "3 3 存在问题 problems"],
    ),
    "heading runs into a named subject": (
        "一、主要做法\n（一）压实各方责任，统筹推进法治建设镇党委、政府多次研究法治工作，把任务列入年度计划，与其他工作一同部署，一同检查，一同考核。",
        ["1 一 主要做法 achievements", "2 一 压实各方责任，统筹推进法治建设 achievements"],
    ),
    "heading runs into the unit's name": (
        "云溪镇总结\n（一）推动学法活动走深走实云溪镇党委把学法列入计划，年初排好日程，月月有主题，季季有考试，全年不断线。\n（二）又一项。云溪镇说明。",
        ["0 - - preamble", "2 一 推动学法活动走深走实 achievements", "2 二 又一项 achievements"],
    ),
    "heading runs into a verb": (
        "（一）优化办事流程，提高窗口服务效能深入推进流程再造，持续压缩时限，减少材料，方便群众。一是合并窗口。二是延长时间。",
        ["2 一 优化办事流程，提高窗口服务效能 achievements", "5 一 - achievements", "5 二 - achievements"],
    ),
    "heading runs into a time": (
        "一、基本情况2023年，云溪镇在上级领导下，围绕中心，服务大局，补齐短板，各项工作都有新的进展，群众满意。\n二、存在问题\n还有差距。",
        ["1 一 基本情况 achievements", "1 二 存在问题 problems"],
    ),
    "white space between heading and body": (
        f"（一）把培训落到实处 {PROSE}\n（二）把宣传做到家门口 {PROSE}",
        ["2 一 把培训落到实处 achievements", "2 二 把宣传做到家门口 achievements"],
    ),
    "heading with a stop on a line of its own": (
        f"（三）敞开大门，办透明的政府。\n{PROSE}",
        ["2 三 敞开大门，办透明的政府 achievements"],
    ),
    "long heading before deeper marks": (
        f"（一）站稳政治立场，学深悟透会议精神，拿新的理论成果指导实践，带动工作向前。\n1.学原文。{PROSE}",
        [
            "2 一 站稳政治立场，学深悟透会议精神，拿新的理论成果指导实践，带动工作向前 achievements",
            "3 1 学原文 achievements",
        ],
    ),
    "item of one long sentence has no heading": (
        "二、存在的不足\n（一）懂法律的人手偏少，设备老旧，从而影响办案，尤其是夜间出勤困难，一定程度上耽误了群众的事情。\n"
        "（二）宣传的老办法多，新办法少，年轻人不愿意来听，来了也坐不住，效果打了折扣。",
        ["1 二 存在的不足 problems", "2 一 - problems", "2 二 - problems"],
    ),
    "short item with a full stop is a heading": (
        f"（一）责任落实不够严。{PROSE}\n（二）干部学法不够勤。",
        ["2 一 责任落实不够严 achievements", "2 二 干部学法不够勤 achievements"],
    ),
    "item that reports figures has no heading": (
        "（一）成立了由镇长任组长的领导小组，明确办事人员3名。每周碰头一次，会后印发纪要。",
        ["2 一 - achievements"],
    ),
    "inline （1） after a heading with colon": (
        "2.管好自己的人：（1）早上点名，从不间断，迟到的人当场说明缘由；（2）晚上总结，逐人发言；（3）周末复盘。",
        ["3 2 管好自己的人 achievements", "4 1 - achievements", "4 2 - achievements", "4 3 - achievements"],
    ),
    "inline （1） alone is no section": (
        f"（一）抓学习。全年办班（12）期，附表（1）列出名单。{PROSE}",
        ["2 一 抓学习 achievements"],
    ),
    "（一） of an article is a reference": (
        f"（一）抓执法。依照条例第三条第（二）项和第（三）项办理，见附件（一）。{PROSE}\n（二）抓服务。{PROSE}",
        ["2 一 抓执法 achievements", "2 二 抓服务 achievements"],
    ),
    "whole report on one line": (
        f"现将情况报告如下：一、主要做法（一）抓学习。{PROSE}（二）抓执法。{PROSE}二、存在问题。{PROSE}三、下一步打算。{PROSE}",
        [
            "0 - - preamble",
            "1 一 主要做法 achievements",
            "2 一 抓学习 achievements",
            "2 二 抓执法 achievements",
            "1 二 存在问题 problems",
            "1 三 下一步打算 plans",
        ],
    ),
    "list 一、；二、 inside a paragraph is no outline": (
        f"一、主要做法\n{PROSE}\n二、存在问题\n主要有：一、人手不够；二、经费不够；三、经验不够。\n三、下一步打算\n{PROSE}",
        ["1 一 主要做法 achievements", "1 二 存在问题 problems", "1 三 下一步打算 plans"],
    ),
    "一是 without stops before it": (
        "三、存在问题\n一是学得少。全年办件86二是记得少。二是用得更少。",
        ["1 三 存在问题 problems", "5 一 - problems", "5 二 - problems", "5 二 - problems"],
    ),
    "heading runs into 一是": (
        "（一）办事提速方面一是合并窗口。二是延长时间。\n二、一是学得少。二是用得少。",
        [
            "2 一 办事提速方面 achievements",
            "5 一 - achievements",
            "5 二 - achievements",
            "1 二 - achievements",
            "5 一 - achievements",
            "5 二 - achievements",
        ],
    ),
    "一是 after a comma": (
        "四、下一步打算\n在新的一年里，一是多学习；二是多走访；三是多总结。",
        ["1 四 下一步打算 plans", "5 一 - plans", "5 二 - plans", "5 三 - plans"],
    ),
    "一是 on lines of their own": (
        "二、存在问题\n主要有：\n一是学得少；\n二是用得少。",
        ["1 二 存在问题 problems", "5 一 - problems", "5 二 - problems"],
    ),
    "一是 in quotes is none": (
        f"（一）抓学习。推行“一是一、二是二”的作风。{PROSE}",
        ["2 一 抓学习 achievements"],
    ),
    "一要 and 二要": (
        "四、下一步打算\n一要多学习。二要多走访。",
        ["1 四 下一步打算 plans", "5 一 - plans", "5 二 - plans"],
    ),
    "首先 and 其次": (
        "二、存在问题\n首先，学得少。其次，用得少。",
        ["1 二 存在问题 problems", "5 首先 - problems", "5 其次 - problems"],
    ),
    "首先 alone is a word": (
        "二、存在问题\n首先，要承认学得少。",
        ["1 二 存在问题 problems"],
    ),
    "第一，第二，": (
        "二、存在问题\n第一，学得少。第二，用得少。",
        ["1 二 存在问题 problems", "5 一 - problems", "5 二 - problems"],
    ),
    "circled figures": (
        "（一）抓学习。主要有：①读原文；②听讲座；③写体会。",
        ["2 一 抓学习 achievements", "5 ① - achievements", "5 ② - achievements", "5 ③ - achievements"],
    ),
    "bracketed glyphs": (
        f"㈠抓学习\n{PROSE}\n㈡抓执法\n{PROSE}\n⑴查工地。{PROSE}",
        ["2 ㈠ 抓学习 achievements", "2 ㈡ 抓执法 achievements", "4 ⑴ 查工地 achievements"],
    ),
    "half bracket figures": (
        f"1.抓学习\n1）读原文。{PROSE}\n2）听讲座。{PROSE}",
        ["3 1 抓学习 achievements", "4 1 读原文 achievements", "4 2 听讲座 achievements"],
    ),
    "parts above 一、": (
        f"第一部分 主要工作\n{PROSE}\n第二部分 存在问题\n{PROSE}",
        ["1 第一部分 主要工作 achievements", "1 第二部分 存在问题 problems"],
    ),
    "dates, decimals and festivals open nothing": (
        f"（一）抓宣传\n12.4国家宪法日前后摆摊宣传。\n6.26禁毒日发放手册。\n1.7%的家庭没有收到。\n2023.5.1起实行。\n12月4日集中宣讲。\n{PROSE}",
        ["2 一 抓宣传 achievements"],
    ),
    "第一责任人 and 一般 open nothing": (
        f"（一）抓责任\n第一责任人带头。\n一般事项三天办结。\n三农干部进村。\n{PROSE}\n二、存在问题\n{PROSE}",
        ["2 一 抓责任 achievements", "1 二 存在问题 problems"],
    ),
    "figure with a year after 1.": (
        f"1.2024年的学习。{PROSE}\n2.2024年的执法。{PROSE}",
        ["3 1 2024年的学习 achievements", "3 2 2024年的执法 achievements"],
    ),
    "titles without numbers": (
        f"{PROSE}\n主要成效\n{PROSE}\n存在的不足\n{PROSE}\n下一步工作打算\n{PROSE}",
        [
            "0 - - preamble",
            "1 - 主要成效 achievements",
            "1 - 存在的不足 problems",
            "1 - 下一步工作打算 plans",
        ],
    ),
    "bold lines without numbers": (
        f"{PROSE}\n把学习抓在经常\n{PROSE}\n把执法抓在平时\n{PROSE}\n把服务抓在手上\n{PROSE}",
        [
            "0 - - preamble",
            "1 - 把学习抓在经常 achievements",
            "1 - 把执法抓在平时 achievements",
            "1 - 把服务抓在手上 achievements",
        ],
    ),
    "title without number among numbered ones": (
        f"一、主要做法\n{PROSE}\n二、特色亮点\n{PROSE}\n存在的问题\n{PROSE}",
        ["1 一 主要做法 achievements", "1 二 特色亮点 achievements", "1 - 存在的问题 problems"],
    ),
    "the report's own title is none": (
        f"云溪镇2023年法治政府建设工作情况\n{PROSE}\n一、主要做法\n{PROSE}",
        ["0 - - preamble", "1 一 主要做法 achievements"],
    ),
    "plans without a heading": (
        f"一、主要做法\n{PROSE}\n二、存在问题\n{PROSE}\n下一步，我镇将多学习、多走访。",
        ["1 一 主要做法 achievements", "1 二 存在问题 problems", "1 - - plans"],
    ),
    "problems and plans without headings": (
        f"一、抓学习\n{PROSE}\n二、抓执法\n{PROSE}{PROSE}\n虽然做了一些事情，但仍存在不少短板。一是学得少。二是用得少。\n今后，我镇将继续努力。",
        [
            "1 一 抓学习 achievements",
            "1 二 抓执法 achievements",
            "1 - - problems",
            "5 一 - problems",
            "5 二 - problems",
            "1 - - plans",
        ],
    ),
    "no heading at all": (
        f"云溪镇法治工作报告\n按照要求，现将情况报告如下：\n{PROSE}\n{PROSE}",
        ["0 - - preamble", "1 - - achievements"],
    ),
    "themes as level 1": (
        f"一、加强组织领导，压实责任\n{PROSE}\n二、加强法治宣传\n{PROSE}\n三、存在的困难和问题\n{PROSE}\n四、改进措施\n{PROSE}",
        [
            "1 一 加强组织领导，压实责任 achievements",
            "1 二 加强法治宣传 achievements",
            "1 三 存在的困难和问题 problems",
            "1 四 改进措施 plans",
        ],
    ),
    "problems in short": (
        f"一、主要做法\n{PROSE}\n二、问题不足\n{PROSE}\n三、打算\n{PROSE}",
        ["1 一 主要做法 achievements", "1 二 问题不足 problems", "1 三 打算 plans"],
    ),
    "leadership first": (
        f"一、党政主要负责人履行第一责任人职责情况\n{PROSE}\n二、完善制度\n{PROSE}\n三、不足及原因\n{PROSE}",
        [
            "1 一 党政主要负责人履行第一责任人职责情况 leadership",
            "1 二 完善制度 achievements",
            "1 三 不足及原因 problems",
        ],
    ),
    "level 2 of its own type": (
        f"一、工作开展情况\n（一）抓学习\n{PROSE}\n（二）主要负责人履行第一责任人职责情况\n{PROSE}\n（三）存在的问题\n{PROSE}\n二、明年打算\n{PROSE}",
        [
            "1 一 工作开展情况 achievements",
            "2 一 抓学习 achievements",
            "2 二 主要负责人履行第一责任人职责情况 leadership",
            "2 三 存在的问题 problems",
            "1 二 明年打算 plans",
        ],
    ),
    "one heading for achievements and problems": (
        f"一、主要举措和成效及存在的不足\n（一）抓学习\n{PROSE}\n（二）存在的不足\n{PROSE}\n二、下步打算\n{PROSE}",
        [
            "1 一 主要举措和成效及存在的不足 achievements",
            "2 一 抓学习 achievements",
            "2 二 存在的不足 problems",
            "1 二 下步打算 plans",
        ],
    ),
    "one heading for problems and plans": (
        f"一、主要做法\n{PROSE}\n二、存在的问题及下一步打算\n（一）存在的问题\n{PROSE}\n（二）下一步工作打算\n{PROSE}",
        [
            "1 一 主要做法 achievements",
            "1 二 存在的问题及下一步打算 problems",
            "2 一 存在的问题 problems",
            "2 二 下一步工作打算 plans",
        ],
    ),
    "problems named inside plans stay plans": (
        f"一、主要做法\n{PROSE}\n二、2025年工作安排\n（一）解决存在的问题\n{PROSE}\n（二）落实第一责任人职责\n{PROSE}",
        [
            "1 一 主要做法 achievements",
            "1 二 2025年工作安排 plans",
            "2 一 解决存在的问题 plans",
            "2 二 落实第一责任人职责 plans",
        ],
    ),
    "measures of a later year are plans": (
        f"一、2023年主要举措\n{PROSE}\n二、存在的短板\n{PROSE}\n三、2024年重点举措\n{PROSE}",
        ["1 一 2023年主要举措 achievements", "1 二 存在的短板 problems", "1 三 2024年重点举措 plans"],
    ),
    "a year's aims": (
        f"一、做法\n{PROSE}\n二、2024年安排\n{PROSE}",
        ["1 一 做法 achievements", "1 二 2024年安排 plans"],
    ),
    "count begins anew below the plans": (
        f"一、主要做法\n{PROSE}\n二、下一步打算\n一、多学习\n{PROSE}\n二、多走访\n{PROSE}",
        ["1 一 主要做法 achievements", "1 二 下一步打算 plans", "1 一 多学习 plans", "1 二 多走访 plans"],
    ),
    "signature, date and website furniture": (
        f"一、主要做法\n{PROSE}\n二、下一步打算\n（一）多学习。{PROSE}\n特此报告。\n云溪镇人民政府\n2024年1月10日\n扫一扫在手机打开当前页",
        ["1 一 主要做法 achievements", "1 二 下一步打算 plans", "2 一 多学习 plans", "1 - - other"],
    ),
    "rows of a form keep their labels": (
        f"一、学法\n（1）班子学法：12次\n（2）罚款金额：约3.2万元。\n（3）组织旁听：{PROSE}\n（4）开课：12次，受众三百人\n（5）送法：",
        [
            "1 一 学法 achievements",
            "4 1 - achievements",
            "4 2 - achievements",
            "4 3 组织旁听 achievements",
            "4 4 - achievements",
            "4 5 送法 achievements",
        ],
    ),
    "rows of a form are one sentence, and no parts": (
        f"一、普法：12场，发放资料900份\n（一）学法：全年共12次，参加480人次。\n（二）调解：96件，成功95件。{PROSE}",
        ["1 一 普法 achievements", "2 一 - achievements", "2 二 调解 achievements"],
    ),
    "attachment at the end": (
        f"一、主要做法\n{PROSE}\n附件：名单",
        ["1 一 主要做法 achievements", "1 - - other"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_outline(text: str, expected: list[str], heading_rules: HeadingRules) -> None:
    sections = split_sections("r", text, heading_rules)
    found = [f"{row.level} {row.ordinal or '-'} {row.heading or '-'} {row.section_type}" for row in sections]
    assert found == expected


def test_time_grows_with_the_marks_and_not_their_square(heading_rules: HeadingRules) -> None:
    started = process_time()
    (section,) = split_sections("r", f"{PROSE}{'①' * 60_000}", heading_rules)
    assert section.section_type == "achievements"
    assert process_time() - started < 3
