"""The faults of OAI-PMH, each with its code (section 3.6)."""

from pathlib import Path

import pytest

from vo_service.services.harvest import HarvestError, harvest
from vo_service.services.registry import list_records
from vo_service.settings import Settings

RECORDS = list_records(Settings(Path(), Path()))
CHANGED = "2026-05-04T03:02:01Z"
LIST = {"verb": "ListRecords", "metadataPrefix": "ivo_vor"}


def ask(**given: str):
    values = {k.rstrip("_"): [v] for k, v in given.items()}
    return harvest(values, RECORDS, CHANGED)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("badVerb", {}),
        ("badVerb", {"verb": "listrecords"}),
        ("badArgument", {"verb": "Identify", "set": "ivo_managed"}),
        ("badArgument", {"verb": "ListRecords"}),
        ("badArgument", {"verb": "GetRecord", "metadataPrefix": "ivo_vor"}),
        ("badArgument", LIST | {"from_": "2026-13-01"}),
        ("badArgument", LIST | {"from_": "2026-05-04T00:00:00"}),
        ("badArgument", LIST | {"from_": "2026-01-01", "until": "2026-02-01T00:00:00Z"}),
        ("badArgument", LIST | {"from_": "2026-02-01", "until": "2026-01-01"}),
        ("badArgument", LIST | {"resumptionToken": "7"}),
        ("badResumptionToken", {"verb": "ListRecords", "resumptionToken": "7"}),
        ("cannotDisseminateFormat", LIST | {"metadataPrefix": "marc21"}),
        ("noRecordsMatch", LIST | {"from_": "2026-05-05"}),
        ("noRecordsMatch", LIST | {"from_": "2026-05-04T03:02:02Z"}),
        ("noRecordsMatch", LIST | {"until": "2026-05-03"}),
        ("noRecordsMatch", LIST | {"set": "books"}),
        ("idDoesNotExist", {"verb": "ListMetadataFormats", "identifier": "ivo://x"}),
    ],
)
def test_a_fault_has_its_code(code, given):
    with pytest.raises(HarvestError) as told:
        ask(**given)
    assert told.value.code == code


def test_an_argument_is_given_once():
    with pytest.raises(HarvestError) as told:
        harvest({"verb": ["ListRecords"], "metadataPrefix": ["oai_dc", "oai_dc"]}, RECORDS, CHANGED)
    assert told.value.code == "badArgument"


@pytest.mark.parametrize(
    "selection",
    [
        {},
        {"set": "ivo_managed"},
        {"from_": "2026-05-04", "until": "2026-05-04"},
        {"from_": "2026-05-04T03:02:01Z", "until": "2026-05-04T03:02:01Z"},
        {"from_": "2020-01-01"},
    ],
)
def test_all_records_are_selected_where_their_date_is(selection):
    assert ask(**LIST, **selection).records == RECORDS


def test_a_record_is_found_in_any_case_of_its_identifier():
    found = ask(verb="GetRecord", metadataPrefix="oai_dc", identifier="IVO://Oddsky.invalid")
    assert [r.name for r in found.records] == ["authority"]
