"""Checks of stage extract: spans, units, values and corrections."""

from orchestration.assets.checks.common import RowsCheck, failure_checks
from orchestration.pipeline.versions import EXTRACT

_TOWNSHIP_REPORTS = """
    select d.report_id, d.title, d.report_year, count(q.quantity_id) as figures
    from raw.documents d left join raw.quantities q using (report_id)
    where d.admin_level = 'township' group by all
"""
# Figures that could have an indicator: plans and changes against a previous year never do.
_COUNTABLE = "select * from raw.quantities where period in ('report_year', 'previous_year')"
CHECKS = [
    *failure_checks(
        "raw/quantities",
        EXTRACT.name,
        f"select report_id, error from raw.failures where stage = '{EXTRACT.name}'",
        "select report_id from raw.documents",
    ),
    RowsCheck(
        "raw/quantities",
        "most_figures_have_an_indicator",
        "At most four in ten figures of the report year have no indicator; otherwise the catalogue lacks indicators.",
        "当年数字中最多四成不归任何指标；超出则指标目录缺少它们所计的内容。",
        f"""
        select measured, unit, count(*) as figures from ({_COUNTABLE}) where indicator_id is null
            and (select count(*) > 50 and avg((indicator_id is null)::int) > 0.4 from ({_COUNTABLE}))
        group by all order by figures desc
        """,
        blocking=False,
    ),
    RowsCheck(
        "raw/quantities",
        "the_catalogue_is_found_in_reports",
        "With 200 reports or more, each indicator of the catalogue has a figure; otherwise its rules do not match.",
        "有200份以上报告时，每个指标都有数字；否则它的规则没有命中。",
        """
        select i.indicator_id from read_csv($indicators, header = true, all_varchar = true) i
        anti join raw.quantities q using (indicator_id) where (select count(*) >= 200 from raw.documents)
        """,
        blocking=False,
    ),
    RowsCheck(
        "raw/quantities",
        "most_township_reports_have_figures",
        "At most two township reports, or one in twenty, state no figure at all.",
        "最多两份或二十分之一的乡镇报告没有任何数字。",
        f"""
        with reports as ({_TOWNSHIP_REPORTS}), bare as (from reports where figures = 0)
        select * from bare
        where (select count(*) from bare) > greatest(2, 0.05 * (select count(*) from reports))
        """,
        blocking=False,
    ),
    RowsCheck(
        "raw/quantities",
        "years_have_a_like_number_of_figures",
        "A year's median figure count lies between one third and three times the overall median.",
        "各年度报告的数字个数（中位数）不低于总体的三分之一，不高于三倍。",
        f"""
        with reports as ({_TOWNSHIP_REPORTS}),
        years as (
            select report_year, count(*) as reports, median(figures) as figures,
                (select median(figures) from reports) as usual
            from reports group by report_year having count(*) >= 5
        )
        select * from years where figures * 3 < usual or figures > usual * 3
        """,
        blocking=False,
    ),
    RowsCheck(
        "raw/quantities",
        "only_figures_of_scans_have_confidence_of_ocr",
        "A figure has an OCR confidence if, and only if, its line was read from a picture.",
        "从图片识别的数字才有识别可信度，其余没有。",
        """
        select q.report_id, q.quantity_id, d.text_source, q.ocr_confidence
        from raw.quantities q join raw.documents d using (report_id)
        where (q.ocr_confidence is not null) != exists (
            from raw.ocr_lines l where l.report_id = q.report_id
            and l.char_start < q.char_end and l.char_end > q.char_start
        )
        """,
        by_report=True,
    ),
    RowsCheck(
        "raw/quantities",
        "spans_reproduce_the_surface",
        "text[char_start:char_end] is the figure as printed, and its sentence is around it.",
        "按位置从正文截取的文字就是所印的数字，原句在它周围。",
        """
        -- cut from the section, which is checked to be its part of the text: a place in a short text is found sooner
        with placed as (
            select
                q.*,
                substring(s.text, q.char_start - s.char_start + 1, q.char_end - q.char_start) as text,
                substring(s.text, q.sentence_start - s.char_start + 1, length(q.sentence)) as text_of_sentence
            from raw.quantities q left join raw.sections s using (report_id, section_id)
        )
        select report_id, quantity_id, surface, text from placed
        where text is distinct from surface or text_of_sentence is distinct from sentence
            or char_start < sentence_start or char_end > sentence_start + length(sentence)
        """,
        by_report=True,
    ),
    RowsCheck(
        "raw/quantities",
        "values_are_within_the_catalogues_range",
        "No figure is outside the valid_min or valid_max of its indicator.",
        "归入指标的数字都在该指标的可能范围内。",
        """
        select q.report_id, q.quantity_id, q.indicator_id, q.value, i.valid_min, i.valid_max
        from raw.quantities q join read_csv($indicators, header = true) i using (indicator_id)
        where q.value < i.valid_min or q.value > i.valid_max
        """,
        by_report=True,
    ),
    RowsCheck(
        "raw/quantities",
        "quantities_are_unique",
        "Each quantity_id occurs once.",
        "每个数字编号只出现一次。",
        "select quantity_id from raw.quantities group by quantity_id having count(*) > 1",
    ),
    RowsCheck(
        "raw/quantities",
        "corpus_has_figures",
        "Among three or more reports, at least one has figures; single short reports may have none.",
        "有三份以上报告时应有数字：个别短报告可以没有。",
        "select 'no figure in any report' as problem where (select count(*) > 2 from raw.documents) "
        "and not exists (from raw.quantities)",
    ),
]
