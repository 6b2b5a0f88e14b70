"""Files in a folder: for checkpoints of the journal, on a disk outside the box."""

from integrations.folder.adapter import FolderChannel

__all__ = ["FolderChannel"]
