"""The report as PDF: the report's figures as words (`content`), set by Typst (`template.typ`)."""
