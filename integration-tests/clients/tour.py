"""A tour of a store with PyPI's fhirpy, unmodified. Run by `clients.rs`:
BASE is the store's FHIR base, KEY an API key."""

import os

from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import (
    AuthorizationError,
    MultipleResourcesFound,
    OperationOutcome,
    ResourceNotFound,
)

BASE, KEY = os.environ["BASE"], "Bearer " + os.environ["KEY"]
SYSTEM = "urn:tour:python"
steps = 0


def connect(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return SyncFHIRClient(BASE, authorization=KEY, extra_headers=named)


def step(name):
    def run(work):
        global steps
        work()
        steps += 1
        print("ok", name)

    return run


def refused(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


client = connect()
patient = client.resource(
    "Patient",
    identifier=[{"system": SYSTEM, "value": "0"}],
    name=[{"family": "Äther", "given": ["Ada"]}],
    gender="female",
)


@step("metadata")
def _():
    statement = client.execute("metadata", method="get")
    assert statement["resourceType"] == "CapabilityStatement", statement["resourceType"]


@step("create")
def _():
    patient.save()
    assert patient.id and patient["meta"]["versionId"] == "1"


@step("create if none exists")
def _():
    again = connect(If_None_Exist=f"identifier={SYSTEM}|0")
    found = again.resource("Patient", **{k: v for k, v in patient.items() if k not in ("id", "meta")})
    found.save()
    assert found.id == patient.id, "it was there"


@step("read")
def _():
    read = client.reference("Patient", patient.id).to_resource()
    assert read["name"][0]["family"] == "Äther"


@step("update with If-Match")
def _():
    patient["active"] = True
    body = patient.serialize()
    matching = connect(If_Match='W/"1"')
    updated = matching.execute(f"Patient/{patient.id}", method="put", data=body)
    assert updated["meta"]["versionId"] == "2"
    # What fhirpy calls 412.
    refused(
        MultipleResourcesFound,
        lambda: matching.execute(f"Patient/{patient.id}", method="put", data=body),
    )


@step("patch")
def _():
    patching = connect(Content_Type="application/json-patch+json")
    change = [{"op": "replace", "path": "/gender", "value": "other"}]
    patched = patching.execute(f"Patient/{patient.id}", method="patch", data=change)
    assert patched["gender"] == "other"


@step("transaction")
def _():
    def entry(n):
        observation = client.resource(
            "Observation", status="final", code={"text": f"tour {n}"}, subject=patient.to_reference()
        )
        request = {"method": "POST", "url": "Observation"}
        return {"resource": observation.serialize(), "request": request}

    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry(n) for n in range(3)]}
    done = client.execute("", data=bundle)
    assert [e["response"]["status"] for e in done["entry"]] == ["201"] * 3, done


@step("search with paging")
def _():
    found = client.resources("Observation").search(subject=patient.to_reference()).limit(2)
    assert len(found.fetch()) == 2
    assert len({o.id for o in found.fetch_all()}) == 3


@step("search with include")
def _():
    found = client.resources("Observation").search(patient__identifier=f"{SYSTEM}|0")
    bundle = found.include("Observation", "subject").fetch_raw()
    modes = [e["search"]["mode"] for e in bundle["entry"]]
    assert modes == ["match", "match", "match", "include"], modes


@step("count, leniently")
def _():
    # fhirpy sends a parameter of another server along.
    lenient = connect(Prefer="handling=lenient")
    assert lenient.resources("Patient").search(identifier=f"{SYSTEM}|0").count() == 1


@step("history")
def _():
    history = client.execute(f"Patient/{patient.id}/_history", method="get")
    assert [e["resource"]["meta"]["versionId"] for e in history["entry"]] == ["3", "2", "1"]


@step("operations")
def _():
    everything = patient.execute("$everything", method="get")
    assert everything["total"] == 4
    meta = {"name": "meta", "valueMeta": {"tag": [{"system": SYSTEM, "code": "toured"}]}}
    labelled = patient.execute("$meta-add", data={"resourceType": "Parameters", "parameter": [meta]})
    assert labelled["parameter"][0]["valueMeta"]["tag"][0]["code"] == "toured"
    assert patient.is_valid()


@step("errors")
def _():
    refused(ResourceNotFound, lambda: client.reference("Patient", "nobody").to_resource())
    wrong = client.resource("Patient", birthDate="yesterday")
    outcome = refused(OperationOutcome, wrong.save)
    assert outcome.resource["issue"][0]["expression"] == ["Patient.birthDate"]
    stranger = SyncFHIRClient(BASE)
    refused(AuthorizationError, lambda: stranger.reference("Patient", patient.id).to_resource())


@step("delete")
def _():
    client.reference("Patient", patient.id).delete()
    refused(ResourceNotFound, lambda: client.reference("Patient", patient.id).to_resource())


print(f"{steps} steps")
