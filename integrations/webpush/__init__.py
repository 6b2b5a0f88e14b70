"""Notices as Web Push messages to browsers and installed pages."""

from integrations.webpush.adapter import KNOWN_SERVICES, PushChannel, PushSettings, load

__all__ = ["KNOWN_SERVICES", "PushChannel", "PushSettings", "load"]
