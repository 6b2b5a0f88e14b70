"""Notices read aloud over the telephone by a call provider."""

from integrations.voice.adapter import VoiceChannel, VoiceSettings

__all__ = ["VoiceChannel", "VoiceSettings"]
