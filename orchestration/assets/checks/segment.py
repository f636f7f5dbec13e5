"""Checks of stage segment: outline, sentences and words cover the text."""

from orchestration.assets.checks.common import RowsCheck, failure_checks
from orchestration.pipeline.versions import SEGMENT

_FAILED = f"select report_id, error from raw.failures where stage = '{SEGMENT.name}'"
CHECKS = [
    *failure_checks("raw/sections", SEGMENT.name, _FAILED, "select report_id from raw.documents"),
    RowsCheck(
        "raw/sections",
        "each_report_has_sections",
        "Each report on which segment did not fail has an outline.",
        "切分没有失败的报告都有提纲。",
        f"""
        select d.report_id from raw.documents d anti join raw.sections s using (report_id)
        where d.report_id not in (select report_id from ({_FAILED}))
        """,
        by_report=True,
    ),
    RowsCheck(
        "raw/sections",
        "sections_partition_the_text",
        "The sections cover the text from start to end, without gaps or overlaps.",
        "各部分从正文开头到结尾，首尾相接，不重叠、不遗漏。",
        """
        with edges as (
            select
                s.report_id, s.char_start, s.char_end, s.position, d.char_count,
                lag(s.char_end, 1, 0) over w as expected_start,
                lead(s.char_start, 1, d.char_count) over w as expected_end
            from raw.sections s join raw.documents d using (report_id)
            window w as (partition by s.report_id order by s.position)
        )
        select report_id, position, char_start, expected_start, char_end, expected_end from edges
        where char_start != expected_start or char_end != expected_end or char_start >= char_end
        """,
        by_report=True,
    ),
    RowsCheck(
        "raw/sections",
        "sections_reproduce_the_text",
        "Joined in reading order, the sections' texts are the report's clean text.",
        "各部分按顺序连起来就是报告正文。",
        """
        with in_table_order as (
            select report_id, list(text) as texts from raw.sections group by report_id
        ),
        -- few: rows of a report mostly stand in reading order, and to sort all of them takes four times as long
        other_order as (
            select report_id, d.text from in_table_order join raw.documents d using (report_id)
            where array_to_string(texts, '') != d.text
        )
        select o.report_id from other_order o join raw.sections s using (report_id)
        group by o.report_id having string_agg(s.text, '' order by s.position) != any_value(o.text)
        """,
        by_report=True,
    ),
    RowsCheck(
        "raw/sentences",
        "sentences_stand_in_their_sections",
        "Each sentence lies within the section it names.",
        "每个句子都在它所属的部分之内。",
        """
        with sentences as (
            select
                report_id, unnest(section_positions) as position,
                unnest(char_starts) as sentence_start, unnest(char_ends) as sentence_end
            from raw.sentences
        )
        select t.* from sentences t left join raw.sections s using (report_id, position)
        -- a null end or start: the lists differ in length
        where not coalesce(
            t.sentence_start >= s.char_start and t.sentence_end <= s.char_end and t.sentence_start < t.sentence_end,
            false
        )
        """,
        by_report=True,
    ),
    RowsCheck(
        "raw/sentences",
        "each_report_has_one_row_of_sentences",
        "Each report's sentences are one row.",
        "每份报告的句子是一行。",
        "select report_id from raw.sentences group by report_id having count(*) > 1",
        by_report=True,
    ),
    RowsCheck(
        "raw/theme_mentions",
        "mentions_stand_in_their_sentences",
        "The words of each mention lie within its sentence.",
        "每处主题词都在它的句子之内。",
        """
        with mentions as (
            select
                report_id, unnest(sentence_positions) as position, unnest(theme_ids) as theme_id,
                unnest(char_starts) as char_start, unnest(char_ends) as char_end
            from raw.theme_mentions
        ),
        sentences as (
            select
                report_id, unnest(range(len(char_starts))) as position,
                unnest(char_starts) as sentence_start, unnest(char_ends) as sentence_end
            from raw.sentences
        )
        select m.* from mentions m left join sentences t using (report_id, position)
        where not coalesce(
            m.char_start >= t.sentence_start and m.char_end <= t.sentence_end and m.char_start < m.char_end,
            false
        )
        """,
        by_report=True,
    ),
    RowsCheck(
        "raw/section_terms",
        "reports_have_words",
        "At most two reports, or one in a hundred, have an outline but no words; single characters are not words.",
        "最多两份或百分之一的报告有提纲而没有词语：单字不算词。",
        """
        with reports as (select distinct report_id from raw.sections),
        bare as (from reports anti join raw.section_terms using (report_id))
        select * from bare
        where (select count(*) from bare) > greatest(2, 0.01 * (select count(*) from reports))
        """,
    ),
    RowsCheck(
        "raw/section_terms",
        "each_number_is_a_term",
        "The lists of terms and counts have the same length, and each number belongs to a term.",
        "词语和次数的列表长度相同，每个编号都对应一个词。",
        """
        with counted as (
            select unnest(term_numbers) as term_number, unnest(occurrences) as occurrences from raw.section_terms
        ),
        numbers as (select term_number, min(coalesce(occurrences, 0)) as least from counted group by term_number)
        select * from numbers left join raw.terms t using (term_number) where t.term is null or least < 1
        """,
    ),
    RowsCheck(
        "raw/terms",
        "terms_are_unique",
        "Each number occurs once, and so does each term with its part of speech.",
        "每个编号、每个词及其词性只出现一次。",
        """
        select any_value(term_number) as term_number, term, part_of_speech from raw.terms
        group by term, part_of_speech having count(*) > 1
        union all
        select term_number, min(term), null from raw.terms group by term_number having count(*) > 1
        """,
    ),
]
