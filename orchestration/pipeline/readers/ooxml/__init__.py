"""What Word documents and workbooks share (Office Open XML, ISO/IEC 29500): packages, markup, drawings, diagrams."""
