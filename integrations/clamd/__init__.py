"""ClamAV's daemon looks through files for viruses."""

from integrations.clamd.adapter import Clamd, Place, place

__all__ = ["Clamd", "Place", "place"]
