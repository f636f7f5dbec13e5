with

theme_reports as (

    select * from {{ ref('int_theme_reports') }}

),

themes as (

    select * from {{ ref('stg_themes') }}

),

section_years as (

    select * from {{ ref('int_section_years') }}

),

-- every theme ever named in a section type has a row in each of its years, even if 0
section_themes as (

    select distinct
        section_type,
        theme_id
    from theme_reports

),

counts as (

    select
        section_type,
        theme_id,
        report_year,
        count(*) as reports
    from theme_reports
    group by section_type, theme_id, report_year

),

shares as (

    select
        section_themes.theme_id,
        section_years.report_year,
        section_themes.section_type,
        coalesce(counts.reports, 0)::integer as reports,
        section_years.reports_with_section,
        coalesce(counts.reports, 0) / section_years.reports_with_section as share
    from section_themes
    inner join section_years on section_themes.section_type = section_years.section_type
    left join counts
        on
            section_themes.section_type = counts.section_type
            and section_themes.theme_id = counts.theme_id
            and section_years.report_year = counts.report_year

),

trends as (

    select
        shares.theme_id,
        themes.name_zh,
        themes.name_en,
        shares.report_year,
        shares.section_type,
        shares.reports,
        shares.reports_with_section,
        shares.share,
        previous_shares.share as previous_share,
        shares.share - previous_shares.share as share_change
    from shares
    left join shares as previous_shares
        on
            shares.theme_id = previous_shares.theme_id
            and shares.section_type = previous_shares.section_type
            and shares.report_year - 1 = previous_shares.report_year
    left join themes on shares.theme_id = themes.theme_id

)

select * from trends
