"""Webhooks: telling programs elsewhere that a round was launched, closed or released."""
