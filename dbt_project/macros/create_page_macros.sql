{#-
    Table macros for the browser page (`make explore`), stored in schema marts with those of
    create_query_macros.sql. Each is more than a lookup, and anyone can run it as the page does.

    A county is given by its code, a region by the first digits of its counties' codes: 2 for a province,
    4 for a city, 6 for a county. Counties that belong to no city (潜江市, 文昌市) share four digits and are one region.
-#}
{% macro create_page_macros() %}
create or replace macro marts.region_cards(digits, within := '', year := null) as table
    with covered as (
        select
            left(county_code, digits) as region_code,
            report_year,
            case
                when digits = 2 then arg_max(province_name, townships)
                when digits = 4 and count(distinct city_name) > 1
                    then if(starts_with(left(county_code, digits), '65'), '自治区', '省') || '直辖县级行政区划'
                when digits = 4 then arg_max(city_name, townships)
                else arg_max(county_name, townships)
            end as region_name,
            count(*)::integer as counties,
            sum(townships)::integer as townships,
            sum(reports)::integer as reports,
            round(100 * sum(reports) / sum(townships), 2) as coverage_pct
        from marts.county_scorecard
        where starts_with(county_code, within) and (year is null or report_year = year)
        group by left(county_code, digits), report_year
    ),

    complied as (
        select
            left(county_code, digits) as region_code,
            report_year,
            count(*) filter (where parts_present = parts_required)::integer as complete_reports,
            count(published_on)::integer as reports_with_publication_date,
            count(*) filter (where is_published_in_time)::integer as published_in_time,
            median(indicators_disclosed) as median_indicators_disclosed
        from marts.reporting_compliance
        where starts_with(county_code, within) and (year is null or report_year = year)
        group by left(county_code, digits), report_year
    )

    select
        covered.*,
        coalesce(complied.complete_reports, 0) as complete_reports,
        coalesce(complied.reports_with_publication_date, 0) as reports_with_publication_date,
        coalesce(complied.published_in_time, 0) as published_in_time,
        round(100 * complied.complete_reports / nullif(covered.reports, 0), 2) as complete_pct,
        round(100 * complied.published_in_time / nullif(complied.reports_with_publication_date, 0), 2)
            as in_time_pct,
        complied.median_indicators_disclosed
    from covered
    left join complied
        on covered.region_code = complied.region_code and covered.report_year = complied.report_year
    order by covered.report_year desc, covered.region_code;

comment on macro table marts.region_cards is
'Provinces, cities or counties (各级区域卡片): one row per region and year, by the first 2, 4 or 6 digits of the county code.';

create or replace macro marts.open_doubts() as table
    with confirmed as (
        select quantity_id from marts.decisions
        where field = 'confirmed' and quantity_id is not null
    ),

    doubts as (
        {{ select_open_doubts('marts.quantity_findings', 'select quantity_id from confirmed') }}
    )

    select
        finding_id,
        report_id,
        quantity_id,
        severity
    from doubts
    where quantity_id not in (select confirmed.quantity_id from confirmed);

comment on macro table marts.open_doubts is
'Doubtful figures (存疑): one row per unsettled finding and figure, for figures that contradict another or the possible range and that nobody has confirmed. If a part exceeds its whole, both are doubtful; for a jump, both years. Findings that can be explained (info) are left out.';

create or replace macro marts.county_desk(county, year) as table
    with doubts as (
        select
            report_id,
            count(distinct finding_id)::integer as findings
        from marts.open_doubts()
        group by report_id
    )

    select
        coverage.township_key,
        coverage.unit_name,
        coverage.is_in_gazetteer,
        coverage.report_id,
        case
            when unreported.township_key is not null then 'not_reported'
            when coverage.report_id is null then 'not_collected'
            when compliance.lateness_zh = '未见日期' then 'no_date'
            when compliance.lateness_zh = '按时' then 'in_time'
            else 'late'
        end as timeliness,
        compliance.published_on,
        compliance.publication_due_on,
        case
            when compliance.received_on is null then compliance.days_late
            else greatest((compliance.received_on - compliance.superior_report_due_on)::integer, 0)
        end as days_late,
        compliance.document_date,
        compliance.parts_present,
        compliance.parts_required,
        compliance.missing_parts,
        compliance.indicators_disclosed,
        case when coverage.report_id is not null then coalesce(doubts.findings, 0) end as findings,
        compliance.received_on,
        compliance.superior_report_due_on
    from marts.coverage as coverage
    left join marts.unreported_townships as unreported
        on coverage.township_key = unreported.township_key and coverage.report_year = unreported.report_year
    left join marts.reporting_compliance as compliance on coverage.report_id = compliance.report_id
    left join doubts on coverage.report_id = doubts.report_id
    where coverage.county_code = county and coverage.report_year = year
    order by coverage.report_id is null, days_late desc nulls last, coverage.township_code nulls last, coverage.township_key;

comment on macro table marts.county_desk is
'One county''s desk (区县工作台): one row per township that is in the gazetteer or reports, with what is late, missing or doubtful in a year. Lateness uses the date that an officer noted, else the publication date. Townships without a report are those of unreported_townships; before the first year with a report of the county, the status is not_collected.';

create or replace macro marts.received_files(home := null) as table
    with rejected as (
        select source_path, source_name from staging.stg_files
        where is_present and status = 'rejected'
    ),

    -- of the home county, or of a county that the path names
    counties as (
        select
            rejected.source_path,
            dim_county.county_code
        from rejected
        inner join marts.dim_county
            on dim_county.county_code = home or contains(rejected.source_path, dim_county.county_name)
    ),

    named as (
        select
            rejected.source_path,
            list(townships.township_key order by townships.township_code) as maybe_keys,
            string_agg(townships.unit_name, '、' order by townships.township_code) as maybe_zh
        from rejected
        inner join counties on rejected.source_path = counties.source_path
        inner join marts.dim_township as townships on counties.county_code = townships.county_code
        where
            -- 安居2025.docx; not 铜梁 of 铜梁区
            length(regexp_replace(townships.unit_name, '(街道|镇|乡|苏木)$', '')) > 1
            and contains(
                replace(rejected.source_name, townships.county_name, ''),
                regexp_replace(townships.unit_name, '(街道|镇|乡|苏木)$', '')
            )
        group by rejected.source_path
    ),

    places as (
        select
            source_path,
            list(county_code order by county_code) as county_codes
        from counties
        group by source_path
    )

    select
        files.source_path,
        case
            when files.status != 'loaded' then files.status
            when reports.admin_level not in ('township', 'unknown') then 'not_township'
            when reports.township_key is null or reports.report_year is null then 'unclaimed'
            when reports.report_kind != '{{ var("main_report_kind") }}' then 'other_kind'
            when reports.county_code != home then 'elsewhere'
            else 'counted'
        end as outcome,
        counted.source_path as counted_path,
        reports.unit_name,
        reports.county_name,
        reports.report_year,
        reports.report_id,
        named.maybe_zh,
        named.maybe_keys,
        places.county_codes
    from staging.stg_files as files
    left join marts.dim_report_history as reports on files.report_id = reports.report_id
    left join staging.stg_files as counted
        on files.superseded_by = counted.report_id and counted.status = 'loaded'
    left join named on files.source_path = named.source_path and files.status = 'rejected'
    left join places on files.source_path = places.source_path and files.status = 'rejected'
    where files.is_present
    order by files.source_path;

comment on macro table marts.received_files is
'Files of the reports folder (收到的文件): one row per file with what became of it: counted, rejected, duplicate, superseded, unclaimed, not_township, other_kind, elsewhere (of another county than `home`). For a rejected file, the home county and counties named in its path, and their townships that its name mentions.';

create or replace macro marts.unclaimed_reports() as table
    with unclaimed as (
        select
            report_id,
            source_path,
            title,
            unit_name,
            report_year,
            resolution,
            resolution_evidence,
            county_code,
            case
                when township_key is not null then [township_key]
                when candidates is null then [null::varchar]
                else json_transform(candidates, '["VARCHAR"]')
            end as candidates
        from marts.dim_report
        where (township_key is null or report_year is null) and admin_level in ('township', 'unknown')
    ),

    named as (
        select
            * exclude (candidates),
            unnest(candidates) as township_key
        from unclaimed
    )

    select
        named.report_id,
        named.source_path,
        named.title,
        named.unit_name,
        named.report_year,
        named.resolution,
        named.resolution_evidence,
        named.township_key,
        coalesce(counties.county_code, named.county_code) as county_code,
        counties.county_name,
        counties.city_name,
        counties.province_name
    from named
    -- by the code: a candidate with a former name is not in dim_township
    left join marts.dim_county as counties on split_part(named.township_key, '-', 1) = counties.county_code
    order by named.report_year desc, named.report_id, named.township_key;

comment on macro table marts.unclaimed_reports is
'Reports whose township is ambiguous or whose year is unknown (待认领): one row per report and candidate township, with the names of county, city and province. Reports whose file was taken out of the reports folder are left out.';

create or replace macro marts.indicator_coverage(year, within := '') as table
    with disclosed as (
        select
            indicator_id,
            count(*)::integer as townships,
            any_value(national_median) as national_median,
            median(value) filter (where is_comparable) as own_median
        from marts.indicator_trends
        where report_year = year and starts_with(coalesce(county_code, ''), within)
        group by indicator_id
    ),

    base as (
        select count(distinct report_id) as reports
        from marts.domain_disclosure
        where report_year = year and starts_with(coalesce(county_code, ''), within)
    )

    select
        indicators.indicator_id,
        indicators.name_zh,
        indicators.name_en,
        indicators.domain_position,
        indicators.domain_name_zh,
        indicators.domain_name_en,
        indicators.unit,
        indicators.kind,
        coalesce(disclosed.townships, 0) as townships,
        round(100 * coalesce(disclosed.townships, 0) / nullif(base.reports, 0), 2) as disclosed_pct,
        disclosed.national_median,
        case when within = '' then disclosed.national_median else disclosed.own_median end as median_value
    from marts.dim_indicator as indicators
    cross join base
    left join disclosed on indicators.indicator_id = disclosed.indicator_id
    order by indicators.domain_position, indicators.indicator_id;

comment on macro table marts.indicator_coverage is
'Indicators of the catalogue (指标公开情况): how many townships disclose each in a year, and the median, for the country or for the counties whose codes begin with `within`.';

create or replace macro marts.domain_coverage(year, within := '') as table
    select
        domain_id,
        name_zh,
        name_en,
        position,
        any_value(indicators_in_catalogue) as indicators_in_catalogue,
        round(avg(indicators_disclosed), 2) as mean_disclosed,
        median(indicators_disclosed) as median_disclosed,
        count(*) filter (where indicators_disclosed > 0)::integer as townships
    from marts.domain_disclosure
    where starts_with(coalesce(county_code, ''), within) and report_year = year
    group by domain_id, name_zh, name_en, position
    order by position;

comment on macro table marts.domain_coverage is
'Domains of the catalogue (领域公开情况) in a year: mean and median of the indicators that reports disclose, in the country or in the counties whose codes begin with `within`.';

-- lines are only in staging, because few reports have any
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
