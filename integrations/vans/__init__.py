"""The mailbox at a VANS provider: a folder that the provider's own program empties and fills, or its interface."""

from integrations.vans.folder import FolderMailbox
from integrations.vans.rest import RestMailbox, RestSettings

__all__ = ["FolderMailbox", "RestMailbox", "RestSettings"]
