"""Notices as signed JSON to a contact's own address."""

from integrations.webhook.adapter import WebhookChannel, WebhookSettings

__all__ = ["WebhookChannel", "WebhookSettings"]
