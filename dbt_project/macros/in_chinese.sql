{#- A number as people write it, without trailing zeros after the point. -#}
{% macro plain_number(number) -%}
    regexp_replace(printf('%.4f', {{ number }}), '\.?0+$', '')
{%- endmacro %}

{#- 重庆市铜梁区太平镇: each name once, because the four municipalities are their own cities. -#}
{% macro full_place_name(table) -%}
    {{ table }}.province_name
    || case when {{ table }}.city_name != {{ table }}.province_name then {{ table }}.city_name else '' end
    || case when {{ table }}.county_name != {{ table }}.city_name then {{ table }}.county_name else '' end
    || {{ table }}.unit_name
{%- endmacro %}

{#- Why a file was rejected and what to do, for officers; a test compares the codes with those of the readers. -#}
{% macro rejection_zh(code) -%}
    case {{ code }}
            when 'unsupported' then '不支持这种格式，或没有安装读取它的程序，请另存为 Word、PDF 或文本'
            when 'empty' then '文件是空的，请重新下载或索取'
            when 'unreadable' then '系统不允许读取，请检查权限'
            when 'too_large' then '文件过大，请只留报告本身'
            when 'encrypted' then '文件有密码，请去掉密码后再放进来'
            when 'scanned' then '是扫描件或图片：请运行 make ocr 安装文字识别；已安装的在排队，下次运行继续'
            when 'undecodable' then '文字编码无法识别，请另存为 Word 或 UTF-8 文本'
            when 'truncated' then '文件不完整或已损坏，请重新下载或索取'
            when 'zip_bomb' then '压缩包解开后过大，请核对来源'
            when 'symlink_outside' then '是指向报告文件夹以外的链接，请放入文件本身'
            when 'breaks_reader' then '文件使读取程序出错或超时，请另存一份再放进来'
            when 'bad_side_file' then '旁边的 .meta.json 写法有误，请改正或删去'
            when 'attachment_only' then '网页中只有链接或图片，没有报告正文，请放入链接的文件'
            when 'drawn_by_script' then '网页正文由脚本加载，文件里没有：请在浏览器中打开，待正文显示后另存为完整网页或 PDF'
            when 'several_reports' then '一个文件里有几个乡镇或几个年度的报告，请每份另存为一个文件'
            when 'not_a_report_text' then '内容不是中文报告（如登录页、错误页），请核对'
            when 'failed' then '程序处理时出错，下次运行再试；仍然不行请反馈'
            else '没有收录，原因见 reason 列'
        end
{%- endmacro %}

{#- What to write to the township that sent a rejected file; null where the fault is not in the file. -#}
{% macro reply_zh(code, source_name) -%}
    '“' || {{ source_name }} || '”' || case {{ code }}
            when 'unsupported' then '的格式无法读取，请另存为 Word 或 PDF 后重新报送。'
            when 'empty' then '是空文件，请重新报送。'
            when 'too_large' then '过大，请只报送报告本身。'
            when 'encrypted' then '有密码，请去掉密码后重新报送。'
            when 'scanned' then '是扫描件或图片，请报送 Word 文件或文字可以选中的 PDF。'
            when 'undecodable' then '中的文字无法识别，请另存为 Word 后重新报送。'
            when 'truncated' then '不完整或已损坏，打不开，请重新报送。'
            when 'zip_bomb' then '是压缩包，解开后过大，请直接报送报告文件。'
            when 'breaks_reader' then '打开时出错，请另存一份后重新报送。'
            when 'attachment_only' then '中只有链接或图片，没有报告正文，请报送报告文件本身。'
            when 'drawn_by_script' then '是没有正文的网页，请报送报告文件本身。'
            when 'several_reports' then '中有几份报告，请每个乡镇、每个年度一个文件，分开报送。'
            when 'not_a_report_text' then '的内容不是报告，请核对后重新报送。'
        end
{%- endmacro %}
