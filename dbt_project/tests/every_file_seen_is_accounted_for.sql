-- Files seen = loaded + rejected + duplicate + superseded. A row is a file that is none of these, a
-- readable file without its report, or a rejected one without a reason.
select
    file_id,
    source_path,
    status,
    reason
from {{ ref('stg_files') }}
where
    status is null
    or status not in ('loaded', 'rejected', 'duplicate', 'superseded')
    or (status = 'rejected') != (report_id is null)
    or (status != 'loaded' and reason is null)
