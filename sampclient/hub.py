"""Our place on a SAMP hub: one that runs, or else our own."""

import logging
import xmlrpc.client
from collections.abc import Callable
from http.client import HTTPException
from typing import Any

from pyvo import samp

from sampclient.errors import HubError, MessageError
from sampclient.messages import MTYPES, Message, parse_message

NAME = "oddsky link"
ADDRESS = "127.0.0.1"
OK: dict[str, Any] = {"samp.status": "samp.ok", "samp.result": {}}

_AWAY = (xmlrpc.client.Error, OSError, HTTPException, samp.SAMPHubError, samp.SAMPClientError)
_log = logging.getLogger("oddsky.link")


class Hub:
    """A registration with a hub.

    Parameters
    ----------
    receive : callable
        Told every message of others that is understood, in a thread of SAMP.

    Attributes
    ----------
    is_own : bool
        Whether the hub was started here, and ends with us.
    """

    def __init__(self, receive: Callable[[Message], None]):
        self._receive = receive
        self._own: samp.SAMPHubServer | None = None
        self._client: samp.SAMPIntegratedClient | None = None

    @property
    def is_own(self) -> bool:  # noqa: D102  described above
        return self._own is not None

    def connect(self) -> None:
        """Register with the hub that runs, starting one when none does.

        Raises
        ------
        HubError
            When neither works.
        """
        samp.conf.use_internet = False  # else pyvo asks a search engine whether it is online
        self.close()
        try:
            self._register()
        except _AWAY:
            self._start_own()

    def is_alive(self) -> bool:
        """Ask the hub whether it is there and still knows us."""
        try:
            self._connected().get_registered_clients()
        except (*_AWAY, HubError):
            return False
        return True

    def find_clients(self) -> dict[str, str]:
        """Return the names of all others by identifier."""
        found = {}
        for client_id in self._try(lambda c: c.get_registered_clients()):
            found[client_id] = self.name_of(client_id)
        return found

    def name_of(self, client_id: str) -> str:
        """Return a program's own name, empty when it has none or is gone."""
        try:
            return str(self._try(lambda c: c.get_metadata(client_id)).get("samp.name", ""))
        except HubError:
            return ""

    def subscribes(self, client_id: str, mtype: str) -> bool:
        """Return whether a program takes a message."""
        return mtype in self._try(lambda c: c.get_subscriptions(client_id))

    def notify(self, client_id: str, message: dict[str, Any]) -> None:
        """Send a message to one program without awaiting an answer."""
        self._try(lambda c: c.notify(client_id, message))

    def notify_all(self, message: dict[str, Any]) -> None:
        """Send a message to all that take it."""
        self._try(lambda c: c.notify_all(message))

    def call(self, client_id: str, message: dict[str, Any], seconds: int) -> dict[str, Any]:
        """Send a message to one program and return its answer, whether good or bad.

        Raises
        ------
        HubError
            When no answer comes in time, or the hub ends before it.
        """
        answer = self._try(lambda c: c.call_and_wait(client_id, message, str(seconds)))
        if "samp.status" not in answer:
            raise HubError("the hub gave no answer")
        return answer

    def close(self) -> None:
        """Leave the hub, and end it when it is ours."""
        client, self._client = self._client, None
        own, self._own = self._own, None
        try:
            if client is not None:
                client.disconnect()
        except _AWAY:
            _log.debug("the hub was gone before us")
        if own is not None and own.is_running:
            own.stop()

    def _start_own(self) -> None:
        own = samp.SAMPHubServer(addr=ADDRESS, label=NAME, web_profile=False)
        try:
            own.start()
            self._register()
        except _AWAY as error:
            raise HubError(f"no SAMP hub runs and none can be started: {error}") from error
        self._own = own

    def _register(self) -> None:
        metadata = {
            "samp.description.text": "Links TOPCAT, Aladin and spectrum viewers on oddsky's objects"
        }
        client = samp.SAMPIntegratedClient(name=NAME, metadata=metadata, addr=ADDRESS)
        client.connect()
        # pyvo would tell every program of the hub what our environment holds.
        client.unbind_receive_call("client.env.get")
        self._client = client
        for mtype in MTYPES:
            client.bind_receive_call(mtype, self._on_call)
            client.bind_receive_notification(mtype, self._on_notification)

    def _on_notification(self, _key: str, sender: str, mtype: str, params: dict, _: Any) -> None:
        self._hear(mtype, sender, params)

    def _on_call(
        self, _key: str, sender: str, message_id: str, mtype: str, params: dict, _: Any
    ) -> None:
        error = self._hear(mtype, sender, params)
        answer = {"samp.status": "samp.error", "samp.error": {"samp.errortxt": error}}
        self._try(lambda c: c.reply(message_id, answer if error else OK))

    def _hear(self, mtype: str, sender: str, params: dict) -> str:
        """Pass a message on; return what is wrong with it."""
        try:
            message = parse_message(mtype, sender, params)
        except MessageError as error:
            _log.warning("%s: %s; left alone", self.name_of(sender) or sender, error)
            return str(error)
        if message.sender != self._connected().get_public_id():
            self._receive(message)
        return ""

    def _connected(self) -> samp.SAMPIntegratedClient:
        if self._client is None:
            raise HubError("not connected to a SAMP hub")
        return self._client

    def _try(self, action: Callable[[samp.SAMPIntegratedClient], Any]) -> Any:
        client = self._connected()
        try:
            return action(client)
        except _AWAY as error:
            raise HubError(_describe(error)) from error


def _describe(error: Exception) -> str:
    return str(getattr(error, "faultString", None) or error or type(error).__name__)
