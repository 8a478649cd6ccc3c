"""Stacks as a table: its columns, its rows, and what is said of its groups."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from vo_service.formats.result import Info, Param
from vo_service.release.field import Field
from vo_service.release.types import arrow_schema
from vo_service.services.spectrum_columns import FLUX_UNIT
from vo_service.services.stack_ids import LeftOut
from vo_service.services.stack_pixels import Stacked
from vo_service.services.stack_request import StackRequest

_DIVISORS = {
    "region": "its median flux in the region",
    "whole": "its median flux in the whole spectrum",
    "none": "nothing",
}


def describe_columns(request: StackRequest, ordered_by: Field | None) -> tuple[Field, ...]:
    """Describe the columns of stacks.

    Parameters
    ----------
    request : StackRequest
    ordered_by : Field, optional
        What orders the groups; None where there is one stack of all.
    """
    unit = ordered_by.unit if ordered_by else ""
    order = f"Median of {ordered_by.name} in the group" if ordered_by else "Null: nothing orders it"
    return (
        Field("region_id", "char", "Region", ucd="meta.id", arraysize="*"),
        Field("group_number", "int", "Group, from 1 in order", ucd="meta.number"),
        Field("order_median", "double", order, unit, "stat.value"),
        Field("wave", "double", "Wavelength, rest frame, vacuum", "Angstrom", "em.wl"),
        *_flux_columns(request.norm),
        Field("n_spec", "int", "Spectra of the group that have the pixel", ucd="meta.number"),
    )


def _flux_columns(norm: str) -> tuple[Field, ...]:
    unit, ucd = (
        (FLUX_UNIT, "phot.flux.density;em.wl")
        if norm == "none"
        else ("", "phot.flux.density;em.wl;arith.ratio")
    )
    over = f"each over {_DIVISORS[norm]}" if norm != "none" else "as they are"
    about = {
        "mean": (f"Mean of the spectra, {over}, weighted by inverse variance", f"{ucd};stat.mean"),
        "error": ("Standard error of the mean", "stat.error;phot.flux.density;stat.mean"),
        "median": ("Median of the spectra, unweighted", f"{ucd};stat.median"),
        "p16": ("16th percentile of the spectra, unweighted", f"{ucd};stat.percentile"),
        "p84": ("84th percentile of the spectra, unweighted", f"{ucd};stat.percentile"),
    }
    return tuple(
        Field(name, "double", text, unit, its_ucd) for name, (text, its_ucd) in about.items()
    )


def make_batch(
    fields: tuple[Field, ...],
    region: str,
    number: int,
    order_median: float | None,
    wave: np.ndarray,
    made: Stacked,
) -> pa.RecordBatch:
    """Make the rows of some pixels of a stack; what no spectrum has is null."""
    size = wave.size
    fluxes = (made.mean, made.error, made.median, made.p16, made.p84)
    columns = [
        pa.repeat(region, size),
        pa.repeat(pa.scalar(number, pa.int32()), size),
        pa.repeat(pa.scalar(order_median, pa.float64()), size),
        pa.array(wave),
        *(pa.array(flux, from_pandas=True) for flux in fluxes),
        pa.array(made.count.astype(np.int32)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=arrow_schema(fields))


def describe_groups(
    groups: Sequence[np.ndarray], order: np.ndarray | None, ordered_by: Field | None
) -> tuple[Param, ...]:
    """Say how large the groups are, and what values of the order they have.

    Parameters
    ----------
    groups : sequence of int64 arrays
        Indices of the spectra of each.
    order : float64, optional
    ordered_by : Field, optional
    """
    sizes = [group.size for group in groups]
    size = numbers_param("group_size", "int", sizes, "Spectra of each group", "meta.number")
    if order is None or ordered_by is None:
        return (size,)
    name, about = ordered_by.name, ordered_by.description.rstrip(".")
    ends = {"order_min": (np.min, "Least"), "order_max": (np.max, "Greatest")}
    middle = {"order_median": (np.median, "Median")}
    return (
        size,
        Param(Field("order_by", "char", about, ordered_by.unit, "meta.id", arraysize="*"), name),
        *(
            numbers_param(
                what,
                "double",
                [float(measure(order[group])) for group in groups],
                f"{adjective} value of {name} in each group",
                "stat.value",
                ordered_by.unit,
            )
            for what, (measure, adjective) in (ends | middle).items()
        ),
    )


def numbers_param(
    name: str,
    datatype: str,
    values: Sequence[float],
    description: str,
    ucd: str,
    unit: str = "",
) -> Param:
    """Make a PARAM of a number for each group."""
    size = str(len(values)) if len(values) > 1 else None
    field = Field(name, datatype, description, unit, ucd, arraysize=size)
    return Param(field, " ".join(map(repr, values)))


def describe_request(
    request: StackRequest, regions: Sequence[str], left_out: Sequence[LeftOut]
) -> tuple[Info, ...]:
    """Say what was asked, and what of it is in no stack."""
    direction = request.direction
    asked = {
        "QUERY": request.query,
        "ORDER": request.order,
        "MAP": direction and direction.map_name,
        "FROM": direction and "{:g},{:g}".format(*direction.start),
        "TO": direction and "{:g},{:g}".format(*direction.end),
        "REGION": ",".join(regions),
        "NORM": request.norm,
    }
    told = tuple(Info(name, value) for name, value in asked.items() if value)
    return (*told, *(Info("left_out", str(part)) for part in left_out))
