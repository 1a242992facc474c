"""The family that the PDF and its pictures are set in."""

TEXT_FAMILY = "Noto Sans"
