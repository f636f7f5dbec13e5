{#-
    The table macro for pages of scans (`make explore`), stored in schema marts with those of
    create_page_macros.sql. Lines are only in staging, because few reports have any.
-#}
{% macro create_scan_macros() %}
create or replace macro marts.scan_lines(report) as table
    select
        page_number,
        line_number,
        text,
        x,
        y,
        width,
        height,
        turned_degrees,
        confidence,
        char_start,
        char_end
    from staging.stg_ocr_lines
    where report_id = report
    order by page_number, line_number;

comment on macro table marts.scan_lines is
'Lines that OCR read on the pages of one report (扫描件文字行), with their boxes in fractions of the page and their positions in the clean text; no rows for a text report.';
{% endmacro %}
