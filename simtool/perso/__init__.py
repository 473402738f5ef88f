"""Personalisation: profile, record, image, plan, apply, verify."""
