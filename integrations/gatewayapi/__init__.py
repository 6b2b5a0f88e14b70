"""Notices as text messages through GatewayAPI."""

from integrations.gatewayapi.adapter import SmsChannel, SmsSettings

__all__ = ["SmsChannel", "SmsSettings"]
