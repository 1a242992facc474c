"""What confidentiality asks for beside anonymity: the audit trail of who did what."""
