"""Notices as e-mail, and in Teams, through Apprise."""

from integrations.apprise.adapter import AppriseChannel, AppriseSettings

__all__ = ["AppriseChannel", "AppriseSettings"]
