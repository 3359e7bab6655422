# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drift: a plan, read as what is not as declared. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .._errors import ConflictError
from .._text import shown
from .outcome import CLEAN, DRIFT, ERROR, Result, outcome_variables, status_of, worst
from .plan import CREATE, DELETE, RECREATE, UPDATE

# Declared and not there; there and other than declared; declared absent and there; the owner's, and not declared.
MISSING = "missing"
CHANGED = "changed"
UNEXPECTED = "unexpected"
UNDECLARED = "undeclared"

_NAMED = 5
_LONGEST_NAME = 80
_LONGEST_MESSAGE = 400
STATUS_FORMAT = "1.0"


def drift_of(result: Result) -> list[dict[str, Any]]:
    """Return what is not as declared, out of the result of `ies_services` in check mode, by name.

    Each entry has `name`, `service_id`, `kind` and `fields`, which for a changed service are the paths of what differs, such
    as `description` or `connections.vpn1.Bandwidth`.
    """
    plan = result.get("plan") or {}
    found = [_entry(item, MISSING) for item in plan.get(CREATE, ())]
    found += [_entry(item, CHANGED, item) for kind in (UPDATE, RECREATE) for item in plan.get(kind, ())]
    found += [_entry(item, UNEXPECTED) for item in plan.get(DELETE, ()) if item.get("reason") != UNDECLARED]
    # Also those that a run would leave, because they are protected or because something else fails.
    found += [_entry(item, UNDECLARED) for item in result.get("undeclared", ())]
    for entry in result.get("services") or ():
        if _is_drift(entry):
            service = entry.get("service") or {}
            found.append(_entry({"name": entry["name"], "service_id": service.get("service_id")}, CHANGED, entry["diff"]))
    return sorted(found, key=lambda entry: (str(entry["name"]), str(entry["service_id"])))


def _entry(item: Mapping[str, Any], kind: str, sides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    fields = [] if sides is None else changed_fields(sides.get("before") or {}, sides.get("after") or {})
    if sides is not None and not fields:
        # As declared, and yet to be applied or ordered again: it failed.
        fields = ["status"]
    return {"name": item["name"], "service_id": item["service_id"], "kind": kind, "fields": fields}


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the paths of what differs between two sides of a diff."""
    paths: list[str] = []
    for key, old, new in _pairs(before, after):
        if key == "connections":
            paths += _in_connections(old or {}, new or {})
        elif key == "parameters":
            paths += [f"{key}.{inner}" for inner, *sides in _pairs(old or {}, new or {}) if _differ(*sides)]
        elif _differ(old, new):
            paths.append(key)
    return paths


def _in_connections(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, old, new in _pairs(before, after):
        if old is None or new is None:
            yield f"connections.{name}"
        else:
            yield from (f"connections.{name}.{key}" for key, *sides in _pairs(old, new) if _differ(*sides))


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    return ((key, before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after]))


def _differ(old: Any, new: Any) -> bool:
    """Return whether two values differ; a text that is not there is as good as an empty one."""
    return bool(("" if old is None else old) != ("" if new is None else new))


def _is_drift(entry: Mapping[str, Any]) -> bool:
    """Return whether a service failed for nothing but that it must not be made as declared."""
    return bool(entry.get("error") and entry.get("diff") and entry.get("error_kind") == ConflictError.kind)


def drift_status(result: Result, drift: Sequence[Any]) -> str:
    """Return what the result of `ies_services` in check mode means, whose drift that is: `clean`, `drift` or `error`."""
    failed = [entry for entry in result.get("services") or () if entry.get("error")]
    if result.get("unreachable") or (result.get("failed") and not failed):
        return ERROR
    if not all(_is_drift(entry) for entry in failed):
        return ERROR
    return DRIFT if drift else CLEAN


def drift_message(drift: Sequence[Mapping[str, Any]]) -> str:
    """Return the drift in one line, with what to do about it."""
    if not drift:
        return "every service is as declared"
    named = [f"{shown(entry['name'], _LONGEST_NAME)} ({_what(entry)})" for entry in drift[:_NAMED]]
    more = f"; and {len(drift) - _NAMED} more" if len(drift) > _NAMED else ""
    verb = "service is" if len(drift) == 1 else "services are"
    return (
        f"{len(drift)} {verb} not as declared: {'; '.join(named)}{more}. Correct the declaration, or make it so with"
        " cloudopera.ies.provision"
    )


def _what(entry: Mapping[str, Any]) -> str:
    fields = ", ".join(shown(path, _LONGEST_NAME) for path in entry["fields"][:_NAMED])
    more = ", ..." if len(entry["fields"]) > _NAMED else ""
    return f"{entry['kind']}: {fields}{more}" if fields else str(entry["kind"])


def status_page(results: Mapping[str, Result | None], time: str) -> dict[str, Any]:
    """Return what the status file says, from the results of all tenants; `time` is ISO 8601."""
    ordered = sorted(results.items())
    tenants = [{"tenant": tenant, "status": _status(result), "message": _message(result)} for tenant, result in ordered]
    drift = [{"tenant": tenant, **entry} for tenant, result in ordered for entry in (result or {}).get("drift", ())]
    counts = outcome_variables(results)["cloudvpn_counts"]
    return _page(worst(one["status"] for one in tenants), _together(tenants), time, tenants, drift, counts)


def unfinished_page(tenant: str, message: str, time: str) -> dict[str, Any]:
    """Return what the status file says until the run has come to its end, and afterwards if it never does."""
    return _page(ERROR, message, time, [{"tenant": tenant, "status": ERROR, "message": message}], [], {})


def _page(
    status: str,
    message: str,
    time: str,
    tenants: Sequence[Mapping[str, str]],
    drift: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
) -> dict[str, Any]:
    # The status comes first, for those who read the file without a JSON parser.
    return {
        "status": status,
        "format_version": STATUS_FORMAT,
        "time": time,
        "message": message,
        "counts": dict(counts),
        "tenants": [dict(one) for one in tenants],
        "drift": [dict(entry) for entry in drift],
    }


def _status(result: Result | None) -> str:
    status = status_of(result)
    # Only a look at the services tells that they are as declared.
    return status if status in (CLEAN, DRIFT) else ERROR


def _message(result: Result | None) -> str:
    if result is None:
        return "there is no result: the tenant was not reached, or an earlier play failed for it"
    return shown(result.get("msg") or "no reason was given", _LONGEST_MESSAGE)


def _together(tenants: Sequence[Mapping[str, str]]) -> str:
    if len(tenants) == 1:
        return tenants[0]["message"]
    counts = {word: [one["tenant"] for one in tenants if one["status"] == word] for word in (CLEAN, DRIFT, ERROR)}
    words = [
        f"{len(names)} {word}" + (f" ({_list(names)})" if word != CLEAN else "") for word, names in counts.items() if names
    ]
    return f"{len(tenants)} tenants: {', '.join(words)}"


def _list(names: Sequence[str]) -> str:
    more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(shown(name, _LONGEST_NAME) for name in names[:_NAMED]) + more
