"""An open link to the programs of the desktop: what the command and notebooks work with."""

import atexit
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from types import TracebackType
from typing import Any

import numpy as np
import pyvo
from astropy.table import Table

from sampclient import viewer
from sampclient.deliver import Copies
from sampclient.errors import LinkError
from sampclient.files import served_files
from sampclient.link import Link
from sampclient.listeners import Clicked, Listeners, Selected
from sampclient.log import log
from sampclient.selections import Rows, find_objects, select_query, select_table
from sampclient.service import Service
from sampclient.table import LinkedTable, fetch_table, link_given

MAX_ROWS = 200_000
JOIN_SECONDS = 10.0


def connect(service: str, *, allow_web: Iterable[str] = ()) -> "Connection":
    """Link the programs of the desktop to a service.

    Parameters
    ----------
    service : str
        URL of the service, on this machine or another.
    allow_web : iterable of str
        Origins of pages, besides the service's viewer, that may join the SAMP hub if it is ours.

    Returns
    -------
    Connection
        Ends with the `with` block, or with `close`.

    Raises
    ------
    LinkError
        When no oddsky service answers.
    HubError
        When no SAMP hub runs and none can be started.
    """
    return Connection(Service(service), allow_web=allow_web)


class Connection:
    """Shows rows in TOPCAT, Aladin and the viewer, and knows what is clicked and selected there.

    Parameters
    ----------
    service : Service
    say : callable, optional
        Tells the user a sentence; the log is told otherwise.
    allow_web : iterable of str

    Attributes
    ----------
    service : Service
    link : Link
    listeners : Listeners
    """

    def __init__(
        self,
        service: Service,
        *,
        say: Callable[[str], None] = lambda sentence: log.info("%s", sentence),
        allow_web: Iterable[str] = (),
    ):
        service.list_tables()  # a service that does not answer is told at once
        self.service = service
        self._origins = {*allow_web}
        self._tables: list[LinkedTable] = []
        self.listeners = Listeners()
        self.link = Link(self.listeners, say, self._admits)
        self._thread = threading.Thread(target=self.link.run, name="oddsky-link", daemon=True)
        with ExitStack() as stack:
            self._files = stack.enter_context(served_files())
            stack.callback(self.listeners.close)
            stack.callback(self.link.close)
            self.link.open()
            self._stack = stack.pop_all()
        self._thread.start()
        atexit.register(self.close)  # a notebook may forget it

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the hub and end it when it is ours; the programs keep their tables."""
        atexit.unregister(self.close)
        self.link.stop()
        self._thread.join(JOIN_SECONDS)
        self._stack.close()

    def show(self, rows: "str | Table | pyvo.dal.DALResults | None" = None) -> Table:
        """Show rows in all programs; they are what the other methods are about from now on.

        Parameters
        ----------
        rows : str, Table or result of pyvo, optional
            ADQL, or rows with `obj_id`; without them the service's objects, all of them.

        Returns
        -------
        Table
            The rows, with the name, place and spectrum that they may have left out.

        Raises
        ------
        LinkError
            When the rows cannot be fetched, are none, or have no `obj_id`.
        """
        if isinstance(rows, str):
            linked = fetch_table(self.service, select_query(self.service, rows), MAX_ROWS)
        elif rows is None:
            linked = fetch_table(self.service, select_table(self.service), MAX_ROWS)
        else:
            linked = link_given(self.service, rows)
        self.add(linked)
        return linked.rows

    def join(self) -> Table:
        """Follow what the other links of this desktop show, as if it had been shown here.

        Returns
        -------
        Table
            The rows of the last of their tables.

        Raises
        ------
        LinkError
            When none shows rows of this service that can be asked for again.
        """
        objects = find_objects(self.service)
        found = False
        for shown in self.link.shown_by_others():
            wanted = Rows(objects, shown.title, shown.query)
            linked = fetch_table(self.service, wanted, MAX_ROWS) if shown.query else None
            if linked is not None and linked.table_id == shown.table_id:
                self.add(linked)
                found = True
        if not found:
            raise LinkError(f"No other link on this desktop shows rows of {self.service.url}.")
        return self._table().rows

    def add(self, linked: LinkedTable) -> None:
        """Show a table that is fit to be linked."""
        copies = Copies.write(linked, self._files, self.service.find_survey())
        self._tables = [t for t in self._tables if t.table_id != linked.table_id] + [linked]
        self.link.add(linked, copies)

    def highlight(self, obj_id: int) -> None:
        """Show an object in all programs, as a click on it does.

        Raises
        ------
        LinkError
            When it is not in the rows that are shown.
        """
        table = self._table()
        self.link.highlight(table.table_id, int(table.rows_of([obj_id])[0]))

    def select(self, obj_ids: Iterable[int]) -> None:
        """Select objects in all programs.

        Raises
        ------
        LinkError
            When one is not in the rows that are shown.
        """
        table = self._table()
        self.link.select(table.table_id, table.rows_of(obj_ids))

    def on_highlight(self, callback: Callable[[int], object]) -> None:
        """Call with the obj_id of every object that is clicked in a program.

        Calls come one at a time, in a thread of their own; while one takes long, only the last
        click waits. One that fails is a line in the log.
        """
        self.listeners.add(Clicked, lambda event: callback(event.obj_id))

    def on_select(self, callback: Callable[[np.ndarray], object]) -> None:
        """Call with the obj_ids, int64 of shape (n,), of what is selected; as `on_highlight`."""
        self.listeners.add(Selected, lambda event: callback(event.obj_ids))

    def highlighted(self) -> int | None:
        """Return the obj_id that was clicked last; None before the first click."""
        clicked = self.link.clicked
        return clicked.obj_id if clicked else None

    def selection(self) -> Table:
        """Return the rows that were selected last, in any program; no rows before that.

        The table can be shown, written, or uploaded: `uploads={"mine": link.selection()}`.
        """
        selected = self.link.selected
        return selected.table.rows[selected.rows] if selected else self._table().rows[:0]

    def spectrum(self, obj_id: int, frame: str = "observed") -> Table:
        """Fetch the spectrum of an object.

        Parameters
        ----------
        obj_id : int
        frame : {"observed", "rest"}
            As the survey gives it, or on the common rest-frame grid, with model and residual.

        Raises
        ------
        LinkError
            When there is none.
        """
        return self.service.fetch_spectrum(obj_id, frame)

    def stack(self, obj_ids: Iterable[int] | None = None, **options: Any) -> Table:
        """Fetch the stack of objects.

        Parameters
        ----------
        obj_ids : iterable of int, optional
            The selection, if none are given.
        **options
            The parameters of the service's /stack, such as `region`, `order` and `groups`; several
            values as a list. `from_` stands for `FROM`, which Python keeps for itself.

        Raises
        ------
        LinkError
            When nothing is selected, or the service refuses.
        """
        if obj_ids is None:
            selected = self.link.selected
            obj_ids = selected.obj_ids if selected else ()
        ids = np.fromiter((int(i) for i in obj_ids), np.int64)
        if ids.size == 0:
            raise LinkError("Nothing is selected to be stacked; select something, or name objects.")
        return self.service.fetch_stack(ids, {_parameter(k): _text(v) for k, v in options.items()})

    def viewer_url(self, wanted: Rows | None = None) -> str:
        """Return the address of the viewer, which joins the hub by itself where it can."""
        can_join = not self.link.hub.is_own or self.link.hub.has_web
        return viewer.viewer_address(self.service.url, wanted, can_join)

    def _table(self) -> LinkedTable:
        if not self._tables:
            raise LinkError("Nothing is shown yet; show something first.")
        return self._tables[-1]

    def _admits(self, name: str, origin: str) -> bool:
        """Let the viewer of our own service in, and who the user allows."""
        if origin in self._origins or (name == viewer.NAME and origin == self.service.origin):
            return True
        log.warning(
            "a page of %s that calls itself '%s' asks for the SAMP hub and is refused; "
            "allow it with --allow-web %s",
            origin,
            name,
            origin,
        )
        return False


def _parameter(name: str) -> str:
    return name.rstrip("_").upper()


def _text(value: object) -> str:
    several = isinstance(value, list | tuple | np.ndarray)
    return ",".join(map(str, value)) if several else str(value)  # type: ignore[call-overload]
