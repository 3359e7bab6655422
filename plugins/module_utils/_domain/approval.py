# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan that waits for its approval: what is kept of it, and whether what is planned later is still the same. Pure.

Source: public interface, section 10.3. A plan document is read from a file that anybody may have changed: nothing in it is
relied on before it has been looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._errors import ConflictError, InvalidError
from .._text import quoted, shown
from .._values import iso_utc, parse_iso
from .bandwidth_policy import read_duration
from .fingerprint import ServiceFingerprint, differing_fields, fingerprint_plan
from .plan import KINDS
from .report import changes_in_words

FORMAT_VERSION = "1.0"
APPLIED_AT = "applied_at"
_VERSION = re.compile(r"(\d{1,6})\.\d{1,6}", re.ASCII)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
# Seconds: a hundred years. A longer time could not be written as a date.
_LONGEST_EXPIRY = 36500 * 86400
_LONGEST = 60
_NAMED_SERVICES = 5
_AGAIN = "plan again and have that approved (nothing was written)"


class Surroundings(NamedTuple):
    """Where a plan belongs: address of the IES, tenant and owner; and the commit that its declarations are of."""

    api_url: str
    tenant: str | None = None
    owner: str | None = None
    commit: str | None = None


@dataclass(frozen=True)
class PlannedServices:
    """The services that a plan concerns, by name, and the fingerprint of it all."""

    surroundings: Surroundings
    services: Mapping[str, ServiceFingerprint]

    @property
    def fingerprints(self) -> dict[str, str]:
        """The fingerprint of each service."""
        return {name: entry.digest for name, entry in self.services.items()}

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the plan. The commit does not enter it: another one may declare the same."""
        return fingerprint_plan({**self.surroundings._asdict(), "commit": None}, self.fingerprints)


def read_expiry(text: str) -> float:
    """Return for how many seconds a plan may be applied; raises InvalidError."""
    seconds = read_duration("plan_expiry", text)
    if not 0 < seconds <= _LONGEST_EXPIRY:
        raise InvalidError(f"plan_expiry is {text!r}; write a duration between 1s and 36500d")
    return seconds


def read_fingerprint(text: str) -> str:
    """Return a fingerprint that was handed over; raises InvalidError when it is none."""
    found = text.strip().lower()
    if not _FINGERPRINT.fullmatch(found):
        raise InvalidError(f"plan_fingerprint is {quoted(text, _LONGEST)}; a fingerprint has 64 hexadecimal digits")
    return found


def plan_document(
    planned: PlannedServices,
    plan: Mapping[str, Any],
    errors: Sequence[Mapping[str, Any]],
    now: float,
    expiry: float,
) -> dict[str, Any]:
    """Return what is kept of a plan (`errors`: name, error and kind of the services that could not be planned)."""
    surroundings = planned.surroundings
    complete = not errors
    return {
        "format_version": FORMAT_VERSION,
        "created_at": iso_utc(now),
        "expires_at": iso_utc(now + expiry),
        **surroundings._asdict(),
        "complete": complete,
        "errors": list(errors),
        # Nobody can approve what is not known.
        "fingerprint": planned.fingerprint if complete else None,
        "fingerprints": planned.fingerprints,
        "plan": plan,
        "fields": {name: entry.fields for name, entry in planned.services.items()},
    }


class Approved(NamedTuple):
    """What was approved: a plan document, a fingerprint, or both; `label` names the document in messages."""

    document: Mapping[str, Any] | None
    fingerprint: str | None
    label: str = "the plan"


def check_approved(approved: Approved, surroundings: Surroundings, now: float) -> None:
    """Check all that can be told of an approved plan before anything is read; raises ConflictError."""
    document, label = approved.document, approved.label
    if document is None:
        return
    _check_format(document, label)
    if document.get(APPLIED_AT):
        raise ConflictError(
            f"{label} was applied at {shown(document[APPLIED_AT], _LONGEST)}, and a plan is applied at most once; {_AGAIN}"
        )
    if document["complete"] is not True:
        reasons = "; ".join(
            f"{shown(entry.get('name'), _LONGEST)}: {shown(entry.get('error'), 200)}"
            for entry in document["errors"][:_NAMED_SERVICES]
            if isinstance(entry, Mapping)
        )
        raise ConflictError(f"{label} is incomplete{f' ({reasons})' if reasons else ''}; correct that, {_AGAIN}")
    expires = parse_iso(document["expires_at"])
    if expires is None or expires <= now:
        raise ConflictError(
            f"{label} was made at {shown(document['created_at'], _LONGEST)} and has expired at"
            f" {shown(document['expires_at'], _LONGEST)}; {_AGAIN}"
        )
    _check_surroundings(document, label, surroundings)
    if approved.fingerprint is not None and approved.fingerprint != document["fingerprint"]:
        raise ConflictError(
            f"{label} has the fingerprint {document['fingerprint']}, and approved was {approved.fingerprint}; give the plan of"
            " that fingerprint (nothing was written)"
        )


# Key of a document that has to be there -> its type.
_REQUIRED: dict[str, type] = {
    "created_at": str,
    "expires_at": str,
    "api_url": str,
    "complete": bool,
    "errors": list,
    "plan": dict,
}


def _check_format(document: Mapping[str, Any], label: str) -> None:
    version = document.get("format_version")
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise ConflictError(f"{label} is no plan: it has no format_version such as {FORMAT_VERSION}; {_AGAIN}")
    if found[1] != FORMAT_VERSION.partition(".")[0]:
        made_by = shown(document.get("collection_version") or "another version", _LONGEST)
        raise ConflictError(
            f"{label} has format_version {version}, made by cloudopera.ies {made_by}, and this version knows {FORMAT_VERSION}"
            f" only; apply it with the version it was made by, or {_AGAIN}"
        )
    for key, kind in _REQUIRED.items():
        if not isinstance(document.get(key), kind):
            raise ConflictError(f"{label} is no whole plan: its {key} is missing or damaged; {_AGAIN}")
    fingerprint = document.get("fingerprint")
    if document["complete"] and not (isinstance(fingerprint, str) and _FINGERPRINT.fullmatch(fingerprint)):
        raise ConflictError(f"{label} is no whole plan: its fingerprint is missing or damaged; {_AGAIN}")


def _check_surroundings(document: Mapping[str, Any], label: str, here: Surroundings) -> None:
    for key, value in here._asdict().items():
        made_for = document.get(key) or None
        # Who names no commit takes the plan of any.
        if made_for != value and not (key == "commit" and value is None):
            raise ConflictError(
                f"{label} was made for {key} {_given(made_for)}, and this run has {key} {_given(value)}; apply it where it"
                f" belongs, or {_AGAIN}"
            )


def _given(value: Any) -> str:
    return "none" if value is None else quoted(value, 200)


def check_same(
    approved: Approved, planned: PlannedServices, plan: Mapping[str, Sequence[Mapping[str, Any]]], errors: Mapping[str, str]
) -> None:
    """Check that what is planned now is what was approved, and all of it; raises ConflictError that names service and field.

    `errors` are the services that cannot be planned, by name.
    """
    if errors:
        reasons = [f"{shown(name, _LONGEST)}: {reason}" for name, reason in errors.items()]
        raise ConflictError(f"{approved.label} can no longer be carried out: {_several(reasons)}; correct that, {_AGAIN}")
    document = approved.document
    expected = approved.fingerprint if document is None else document["fingerprint"]
    if planned.fingerprint == expected:
        return
    reasons = list(_differences(document, planned)) if document is not None else []
    if reasons:
        raise ConflictError(f"{approved.label} is not what would be done now: {_several(reasons)}; {_AGAIN}")
    raise ConflictError(
        f"what would be done now is not what was approved: its fingerprint is {planned.fingerprint} and not {expected}; now"
        f" {_what_would_be_done(plan)}; a plan file would tell which field differs; {_AGAIN}"
    )


def _several(reasons: Sequence[str]) -> str:
    more = [f"and {len(reasons) - _NAMED_SERVICES} more services"] if len(reasons) > _NAMED_SERVICES else []
    return "; ".join([*reasons[:_NAMED_SERVICES], *more])


def _differences(document: Mapping[str, Any], planned: PlannedServices) -> list[str]:
    """Return in words what is not as in the document, service by service."""
    approved = _mapping(document.get("fingerprints"))
    fields = _mapping(document.get("fields"))
    observed = _observed(document["plan"])
    reasons: list[str] = []
    for name, entry in planned.services.items():
        if name not in approved:
            reasons.append(f"service {quoted(name, _LONGEST)} is not in the plan")
        elif approved[name] != entry.digest:
            found = differing_fields(_mapping(fields.get(name)), entry, observed.get(name))
            reasons.append(f"service {quoted(name, _LONGEST)}: {', '.join(found) or 'another state'}")
    gone = [name for name in approved if name not in planned.services]
    reasons += [f"service {quoted(name, _LONGEST)} is in the plan, and is neither declared nor removed now" for name in gone]
    return reasons


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _observed(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a plan shows of each service as it was, by name or id; nothing of those that share a name."""
    lists = (plan.get(kind) for kind in KINDS)
    items = [item for listed in lists if isinstance(listed, list) for item in listed if isinstance(item, Mapping)]
    names = [str(item.get("name") or item.get("service_id")) for item in items]
    times = Counter(names)
    return {name: item.get("before") for name, item in zip(names, items) if times[name] == 1}


def _what_would_be_done(plan: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return the changes of a plan in a few words."""
    words = [
        f"{kind} {quoted(item['name'] or item['service_id'], _LONGEST)}{_changes(item)}"
        for kind in KINDS[:-1]
        for item in plan[kind]
    ]
    return f"it would {_several(words)}" if words else "nothing would be changed"


def _changes(item: Mapping[str, Any]) -> str:
    changes = changes_in_words(item["before"], item["after"] or {}) if item["before"] and item["after"] else []
    return f" ({', '.join(changes[:3])})" if changes else ""
