"""Workbooks of Excel and WPS: `xlsx` reads them, `xls` reads what a converter makes of the older kinds."""
