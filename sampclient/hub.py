"""Our place on a SAMP hub: one that runs, or else our own."""

import threading
import warnings
import xmlrpc.client
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any
from xml.parsers.expat import ExpatError

from pyvo import samp
from pyvo.samp.errors import SAMPWarning

from sampclient.errors import HubError, MessageError
from sampclient.log import clean, log
from sampclient.messages import HUB_EVENTS, MTYPES, Joined, Message, parse_message
from sampclient.ownhub import ADDRESS, WEB_PORT, Admits, OwnHub, await_web_port

NAME = "oddsky link"
ABOUT = "Links TOPCAT, Aladin and spectrum viewers on oddsky's objects"
FAREWELL_SECONDS = 3.0
OK: dict[str, Any] = {"samp.status": "samp.ok", "samp.result": {}}

_AWAY = (
    xmlrpc.client.Error, ExpatError, OSError, HTTPException, samp.SAMPHubError,
    samp.SAMPClientError,
)  # fmt: skip
_GARBLED = (KeyError, ValueError)
"""What pyvo raises of a lock file that is half written, or none."""


class Hub:
    """A registration with a hub.

    Parameters
    ----------
    receive : callable
        Told every message of others that is understood, in a thread of SAMP. A MessageError that it
        raises is answered and logged.
    admits : callable
        Whether a page of a given name and origin may join a hub of our own.

    Attributes
    ----------
    has_web : bool
        Whether a hub of our own serves pages.
    """

    def __init__(self, receive: Callable[[Message], None], admits: Admits):
        self._receive, self._admits = receive, admits
        self._own: OwnHub | None = None
        self._client: samp.SAMPIntegratedClient | None = None
        self._metadata = {"samp.name": NAME, "samp.description.text": ABOUT}
        self._names: dict[str, str] = {}
        self.has_web = False

    @property
    def is_own(self) -> bool:
        """Whether the hub was started here, and ends with us."""
        return self._own is not None

    @property
    def is_connected(self) -> bool:
        """Whether we are registered, as far as we know."""
        return self._client is not None

    def connect(self) -> None:
        """Register with the hub that runs, starting one when none does.

        Raises
        ------
        HubError
            When neither works.
        """
        samp.conf.use_internet = False  # else pyvo asks a search engine whether it is online
        # pyvo warns of every message that a program did not take: it is that program's business.
        warnings.simplefilter("ignore", SAMPWarning)
        self.close()
        self._names.clear()  # a new hub numbers its programs anew
        try:
            self._register()
        except (*_AWAY, *_GARBLED):
            self._start_own()

    def is_alive(self) -> bool:
        """Ask the hub whether it is there and still knows us."""
        try:
            self._connected().get_registered_clients()
        except (*_AWAY, HubError):
            return False
        return True

    def find_clients(self) -> list[str]:
        """Return the identifiers of all others."""
        return [str(i) for i in self._try(lambda c: c.get_registered_clients())]

    def find_takers(self, mtype: str) -> list[str]:
        """Return the identifiers of the programs that take a message."""
        return [str(i) for i in self._try(lambda c: c.get_subscribed_clients(mtype))]

    def describe(self, client_id: str) -> Mapping[str, Any]:
        """Return what a program says of itself, empty when it is nothing or the program is gone."""
        try:
            about = self._try(lambda c: c.get_metadata(client_id))
        except HubError:
            return {}
        return about if isinstance(about, Mapping) else {}

    def name_of(self, client_id: str) -> str:
        """Return a program's own name, also after it has gone; empty when it has none.

        It is asked once: a flood of messages is no flood of questions.
        """
        if client_id not in self._names:
            self._names[client_id] = clean(self.describe(client_id).get("samp.name", ""), 40)
        return self._names[client_id]

    def declare(self, about: Mapping[str, str]) -> None:
        """Say more of ourselves, now and after a hub was replaced."""
        self._metadata |= about
        self._try(lambda c: c.declare_metadata(dict(self._metadata)))

    def notify(self, client_id: str, message: dict[str, Any]) -> None:
        """Send a message to one program without awaiting an answer."""
        self._try(lambda c: c.notify(client_id, message))

    def notify_all(self, message: dict[str, Any]) -> None:
        """Send a message to all that take it."""
        self._try(lambda c: c.notify_all(message))

    def call(self, client_id: str, message: dict[str, Any], seconds: int) -> "Answer":
        """Send a message to one program and return its answer, whether good or bad.

        Raises
        ------
        HubError
            When no answer comes in time, or the hub ends before it.
        """
        return Answer(self._try(lambda c: c.call_and_wait(client_id, message, str(seconds))))

    def close(self) -> None:
        """Leave the hub, and end it when it is ours."""
        client, self._client = self._client, None
        own, self._own = self._own, None
        if client is not None:
            # A hub that hangs would keep us for ever.
            farewell = threading.Thread(target=_leave, args=(client,), daemon=True)
            farewell.start()
            farewell.join(FAREWELL_SECONDS)
        if own is not None and own.is_running:
            own.stop()

    def _start_own(self) -> None:
        self.has_web = await_web_port()
        own = OwnHub(NAME, self._admits, self.has_web)
        try:
            own.start()
            self._own = own
            self._register()
        except _GARBLED as error:
            raise HubError(
                f"the lock file of the SAMP hub is garbled ({error}); delete it"
            ) from error
        except _AWAY as error:
            raise HubError(f"no SAMP hub runs and none can be started: {error}") from error
        if not self.has_web:
            log.warning("port %d is taken: no page can join this SAMP hub", WEB_PORT)

    def _register(self) -> None:
        client = samp.SAMPIntegratedClient(NAME, metadata=dict(self._metadata), addr=ADDRESS)
        client.connect()
        self._client = client
        # pyvo would tell every program of the hub what our environment holds.
        client.unbind_receive_call("client.env.get", declare=False)
        for mtype in MTYPES:
            client.bind_receive_call(mtype, self._on_call, declare=False)
            client.bind_receive_notification(mtype, self._on_notification, declare=False)
        client.declare_subscriptions()

    def _on_notification(self, _key: str, sender: str, mtype: str, params: Any, _: Any) -> None:
        self._hear(mtype, sender, params)

    def _on_call(
        self, _key: str, sender: str, message_id: str, mtype: str, params: Any, _: Any
    ) -> None:
        error = self._hear(mtype, sender, params)
        answer = {"samp.status": "samp.error", "samp.error": {"samp.errortxt": error}}
        self._try(lambda c: c.reply(message_id, answer if error else OK))

    def _hear(self, mtype: str, sender: str, params: object) -> str:
        """Pass a message on; return what is wrong with it."""
        client = self._connected()
        if sender == client.get_public_id():
            return ""
        try:
            if mtype in HUB_EVENTS and sender != client.client._hub_id:
                raise MessageError(f"{mtype} is the hub's to say")
            message = parse_message(mtype, sender, params)
            if isinstance(message, Joined):
                self._names.pop(message.client_id, None)
            if message != Joined(client.get_public_id()):  # the hub tells us of ourselves too
                self._receive(message)
        except MessageError as error:
            said = clean(error)
            log.warning("%s: %s; left alone", self.name_of(sender) or sender, said)
            return said
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


class Answer:
    """What a program answered; one that answers nonsense has refused.

    Attributes
    ----------
    is_ok : bool
    result : dict
    error : str
        Why not, in the program's words.
    """

    def __init__(self, answer: object):
        told = answer if isinstance(answer, Mapping) else {}
        if "samp.status" not in told:
            raise HubError("the hub gave no answer")
        result, error = told.get("samp.result"), told.get("samp.error")
        self.is_ok = told["samp.status"] == "samp.ok"
        self.result = result if isinstance(result, Mapping) else {}
        self.error = str(error.get("samp.errortxt", "")) if isinstance(error, Mapping) else ""


def _leave(client: samp.SAMPIntegratedClient) -> None:
    try:
        client.disconnect()
    except _AWAY:
        log.debug("the hub was gone before us")


def _describe(error: Exception) -> str:
    return clean(getattr(error, "faultString", None) or error or type(error).__name__)
