"""Formats that hold a Word document or a workbook: OpenDocument and Office's XML files."""
