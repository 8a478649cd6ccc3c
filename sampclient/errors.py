"""What can go wrong, told in one sentence."""


class LinkError(Exception):
    """The link cannot be made; the user is told why and what to do."""


class MessageError(Exception):
    """A message of another program cannot be understood; it is logged and left."""


class HubError(Exception):
    """The hub, or the program addressed, did not answer."""
