# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role and playbooks hand to `ies_services`, checked and normalised before anything is sent. Pure.

A playbook of the collection says who it is in the variable `__cloudvpn_playbook`, and passes its own variables as options of
the task: options cannot be replaced from outside, as variables can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._domain.bandwidth_range import BANDWIDTH_OPTIONS, NEEDED
from ..module_utils._errors import InvalidError
from ..module_utils._tasks._options import IES_OPTIONS
from ..module_utils._tasks.ies_service import DECLARATION_OPTIONS
from ..module_utils._tasks.ies_services import OPTIONS
from ..module_utils._text import nearest, quoted
from ..module_utils._values import describe
from . import _awx_kit
from ._files import full_path
from ._values import is_blank, normalise, normalise_item, normalise_options

PLAYBOOK_VARIABLE = "__cloudvpn_playbook"
ROLE = "role"
ELASTIC_ROLE = "elastic_role"
ELASTIC = "elastic"
ELASTIC_REPLAY = "elastic_replay"
EXPORT = "export"
VALIDATE = "validate"
AWX_SETUP = "awx_setup"
_ROLES = {"cloudopera.ies.cloudvpn": ROLE, "cloudopera.ies.cloudvpn_elastic": ELASTIC_ROLE}
_PREFIX = "cloudvpn_"
_NAMED_ERRORS = 5
# A share of letters: fewer, and vpc_id is like cidr.
_LIKE = 0.65
_SHOWN = 80

# What each caller needs, and how to give it.
NEEDS = {
    ROLE: "cloudvpn_services is not given; set it to the list of the services that there shall be",
    "provision": (
        "Say which services there shall be: ansible-playbook cloudopera.ies.provision -e @services.yml,"
        " where services.yml is a file of variables with the list cloudvpn_services"
    ),
    "drift": (
        "Say which services there shall be: ansible-playbook cloudopera.ies.drift -e @services.yml,"
        " where services.yml is a file of variables with the list cloudvpn_services"
    ),
    "scale": (
        "Say which service to scale and the bandwidth it shall have:"
        " ansible-playbook cloudopera.ies.scale -e cloudvpn_name=NAME -e cloudvpn_bandwidth=80000;"
        " where the service has several connections, pick one with -e cloudvpn_connection=CLOUD_VPN_NAME"
    ),
    "decommission": (
        "Name the service to remove: ansible-playbook cloudopera.ies.decommission -e cloudvpn_name=NAME,"
        " or several: -e cloudvpn_name=NAME,OTHER; add -e cloudvpn_deactivate=true to have active services deactivated first"
    ),
    "plan": (
        "Say which services there shall be: ansible-playbook cloudopera.ies.plan -e @services.yml"
        " -e cloudvpn_plan_file=plan.json, where services.yml is a file of variables with the list cloudvpn_services"
    ),
    "apply": (
        "Say which services there shall be, and which plan was approved:"
        " ansible-playbook cloudopera.ies.apply -e @services.yml -e cloudvpn_plan_file=plan.json,"
        " where services.yml is a file of variables with the list cloudvpn_services; jobs that share no files give"
        " -e cloudvpn_plan_fingerprint=FINGERPRINT in the place of the file"
    ),
    ELASTIC_ROLE: (
        "neither cloudvpn_elastic nor cloudvpn_services is given; set cloudvpn_elastic to the list of the connections to watch,"
        " or cloudvpn_services to the services that are declared, with bandwidth_min and bandwidth_max"
    ),
    ELASTIC: (
        "Say which connections to watch: ansible-playbook cloudopera.ies.elastic -e @services.yml, where services.yml is a file"
        " of variables with the list cloudvpn_services, whose connections have bandwidth_min and bandwidth_max; or give the"
        " list cloudvpn_elastic; add -e cloudvpn_elastic_mode=apply to have the changes made"
    ),
    ELASTIC_REPLAY: (
        "Say what to replay: ansible-playbook cloudopera.ies.elastic_replay -e cloudvpn_traffic_file=traffic.csv"
        " -e cloudvpn_bandwidth=60000 -e @policies.yml, where policies.yml is a file of variables with the dictionary"
        " cloudvpn_elastic_policies of policies by name, or a single one in cloudvpn_elastic_policy;"
        " or, instead of the file, a live connection with"
        " -e cloudvpn_connection=CLOUD_VPN_NAME"
    ),
    EXPORT: (
        "Say where to write the services: ansible-playbook cloudopera.ies.export -e cloudvpn_export_file=services.yml; add"
        " -e cloudvpn_name=NAME,OTHER for some of them only"
    ),
    VALIDATE: (
        "Say what to check: ansible-playbook cloudopera.ies.validate -e @services.yml, where services.yml is a file of"
        " variables with the list cloudvpn_services, or with the list cloudvpn_elastic"
    ),
    AWX_SETUP: (
        "Say which AWX to set up: set CONTROLLER_HOST, and CONTROLLER_OAUTH_TOKEN or CONTROLLER_USERNAME and"
        " CONTROLLER_PASSWORD, in the environment"
    ),
}
_CONNECTION_NEEDS = (
    "Say which IES to talk to, and as which tenant: set IES_API_URL=https://ies.example.com:17100, IES_AUTH_TOKEN"
    " and, where there is an API gateway, IES_BEARER_TOKEN in the environment, or give their values"
    " as api_url, auth_token and bearer_token in the variable cloudvpn_ies"
)
# All variables of the collection, those of every role and playbook: a file of variables may serve several of them.
_COMMON = (
    "services wait wait_timeout wait_sleep max_parallel progress report ies hosts name service_id bandwidth connection"
    " deactivate missing_ok plan result"
)
_ELASTIC = (
    "elastic elastic_policy elastic_mode elastic_result elastic_total_maximum elastic_end_time elastic_report metrics_file"
    " traffic_file elastic_interval elastic_policies elastic_provisioning elastic_start_time elastic_replay_result"
)
_GITOPS = (
    "owner take_over prune prune_max allow_empty plan_file plan_expiry commit plan_fingerprint drift fail_on_drift status_file"
    " export_file export_result fail_on_overlap catalogue_file validate_result changed status counts"
)
VARIABLES = frozenset(_PREFIX + name for name in f"{_COMMON} {_ELASTIC} {_GITOPS}".split()) | _awx_kit.VARIABLES

_TOP_OPTIONS = {name: option for name, option in OPTIONS.items() if name not in {"services", "ies"}}


def caller_of(task_vars: Mapping[str, Any]) -> str:
    """Return which playbook of the collection runs the task, `role` for the role in a play of the user's, else nothing."""
    playbook = str(task_vars.get(PLAYBOOK_VARIABLE, ""))
    if playbook in NEEDS:
        return playbook
    return _ROLES.get(str(task_vars.get("ansible_role_name", "")), "")


def variable_of(option: str, caller: str) -> str:
    """Return what whoever calls knows an option by: the variable of a playbook, or the option itself."""
    return f"{_PREFIX}{option}" if caller else option


def neighbour_with(path: Path, variable: str, task_vars: Mapping[str, Any], host: str) -> str | None:
    """Return the neighbour in the play that names the same file in its variable.

    One look beside is enough for a name that is the same for all of them, and thousands of tenants would feel more.
    """
    hosts = [str(name) for name in task_vars.get("ansible_play_hosts_all", ())]
    hostvars = task_vars.get("hostvars")
    if host not in hosts or len(hosts) < 2 or hostvars is None:
        return None
    other = hosts[hosts.index(host) - 1]
    try:
        found = hostvars[other].get(variable)
    except Exception:
        # What it cannot be read from, Ansible says for that host.
        return None
    return other if not is_blank(found) and full_path(str(found)) == path else None


def check_variables(names: Iterable[str]) -> None:
    """Check that every `cloudvpn_*` variable is one of the collection's; raises InvalidError that suggests the likely one."""
    for problem in unknown_variables(names):
        raise InvalidError(f"{problem} (nothing was sent)")


def unknown_variables(names: Iterable[str]) -> Iterator[str]:
    """Yield in words each `cloudvpn_*` variable that is none of the collection's, with the likely one."""
    for name in sorted(names):
        if name.startswith(_PREFIX) and name not in VARIABLES:
            yield f"{name} is not a variable of cloudopera.ies{suggestion(name, VARIABLES)}"


def take_connection(given: dict[str, Any], caller: str) -> None:
    """Move what the option `ies` holds to the options of the connection, and leave out what is blank; raises InvalidError."""
    where = f"{_PREFIX}ies" if caller else "ies"
    found = normalise(given.pop("ies", None), "dict", where)
    for key, value in (found or {}).items():
        if key not in IES_OPTIONS:
            raise InvalidError(f"{where} has no option {key}{suggestion(str(key), IES_OPTIONS)}")
        if not is_blank(value):
            given[key] = value


def check_connection(given: Mapping[str, Any]) -> None:
    """Check that role or playbook knows an IES and a token; raises InvalidError that says how to give them."""
    if any(is_blank(given.get(option)) for option in ("api_url", "auth_token")):
        raise InvalidError(_CONNECTION_NEEDS)


def read_options(given: Mapping[str, Any], caller: str) -> dict[str, Any]:
    """Return the options of `ies_services` with their types, for that caller; raises InvalidError before anything is sent."""
    prefix = _PREFIX if caller else ""
    options = normalise_options(given, {**_TOP_OPTIONS, **IES_OPTIONS}, prefix)
    if caller in {"decommission", "scale"}:
        options["services"] = _named_services(caller, given["services"][0])
    else:
        services = normalise(options.pop("services", None), "list", f"{prefix}services")
        if services is None and caller:
            raise InvalidError(NEEDS[caller])
        if services is not None:
            options["services"] = [normalise_item(item, DECLARATION_OPTIONS) for item in services]
            _check_items(options["services"], f"{prefix}services")
    return options


def _named_services(playbook: str, item: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what `decommission` or `scale` declares: one service per name or id of its variables."""
    names = normalise(item.get("name"), "names", f"{_PREFIX}name") or []
    ids = normalise(item.get("service_id"), "names", f"{_PREFIX}service_id") or []
    if not names and not ids:
        raise InvalidError(NEEDS[playbook])
    if names and ids and (len(names) > 1 or len(ids) > 1):
        raise InvalidError("cloudvpn_name and cloudvpn_service_id are both given for several services; give one of the two")
    # An id beside a name tells namesakes apart. The name is left out: an id with another name would rename the service.
    found = [{"service_id": one} for one in ids] or [{"name": one} for one in names]
    if playbook == "decommission":
        deactivate = normalise(item.get("deactivate"), "bool", f"{_PREFIX}deactivate") or False
        return [{**one, "state": "absent", "deactivate": deactivate} for one in found]
    bandwidth = normalise(item.get("bandwidth"), "int", f"{_PREFIX}bandwidth")
    if bandwidth is None:
        raise InvalidError(NEEDS[playbook])
    connection = normalise(item.get("cloud_vpn_name"), "str", f"{_PREFIX}connection")
    picked = {} if connection is None else {"cloud_vpn_name": connection}
    return [{**one, "bandwidth": bandwidth, **picked} for one in found]


def _check_items(items: Sequence[Mapping[str, Any]], where: str) -> None:
    """Check the options of declared services; raises InvalidError that names each service with what is wrong."""
    found = [
        f"{where}[{index}]{label_of(item)}: {problem.sentence}"
        for index, item in enumerate(items)
        for problem in problems_of(item, DECLARATION_OPTIONS)
    ]
    if found:
        more = f"; and {len(found) - _NAMED_ERRORS} more" if len(found) > _NAMED_ERRORS else ""
        raise InvalidError(f"{'; '.join(found[:_NAMED_ERRORS])}{more} (nothing was sent)")


def label_of(item: Mapping[str, Any]) -> str:
    """Return name or id of a declared service in brackets, for messages."""
    name = item.get("name") or item.get("service_id")
    return "" if is_blank(name) else f" ({name})"


class Problem(NamedTuple):
    """What is wrong with a declared service: in one sentence, and where in it; `brief` is said of an option alone."""

    sentence: str
    path: str = ""
    brief: str | None = None


def problems_of(item: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]], where: str = "") -> Iterator[Problem]:
    """Yield what is wrong with one service, or with one connection at `where`."""
    shown = where or "it"
    before = f"{where}." if where else ""
    for option in item:
        if option not in spec:
            hint = suggestion(str(option), spec)
            yield Problem(f"{shown} has no option {option}{hint}", f"{before}{option}", f"unknown option{hint}")
    for option, known in spec.items():
        if known.get("required") and item.get(option) is None:
            yield Problem(f"{shown} has no {option}", where)
    if where and all(item.get(option) is None for option in BANDWIDTH_OPTIONS):
        yield Problem(f"{shown} has no bandwidth; {NEEDED}", where)
    if not where and all(item.get(option) is None for option in ("name", "service_id")):
        yield Problem("it has neither name nor service_id; give one of them")
    for option, known in spec.items():
        value = item.get(option)
        if value is not None and "options" in known:
            yield from _connection_problems(option, value, known["options"])
        elif value is not None:
            for sentence in _type_problem(option, value, known, where):
                yield Problem(sentence, f"{before}{option}")


def _connection_problems(option: str, value: Any, spec: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(f"{option} is not a list", option)
        return
    for index, connection in enumerate(value):
        place = f"{option}[{index}]"
        if isinstance(connection, Mapping):
            yield from problems_of(connection, spec, place)
        else:
            yield Problem(f"{place} is not a dictionary", place)


def _type_problem(option: str, value: Any, known: Mapping[str, Any], where: str) -> Iterator[str]:
    dotted = f"{where}.{option}" if where else option
    if known["type"] in {"int", "bool"}:
        try:
            normalise(value, known["type"], dotted)
        except InvalidError as error:
            yield error.message
        return
    # The common case is settled without Ansible's own validation, which a thousand services would feel.
    if known["type"] == "str" and isinstance(value, str) and value in known.get("choices", (value,)):
        return
    spec = {option: {key: setting for key, setting in known.items() if key in {"type", "choices"}}}
    for message in ArgumentSpecValidator(spec).validate({option: value}).error_messages:
        if known["type"] == "dict":
            # Ansible's own words name a class of Python, and no value.
            found = quoted(value, _SHOWN) if isinstance(value, str) else describe(value)
            yield f"{dotted} is {found}; write a dictionary, such as {{KEY: VALUE}}"
        else:
            yield f"{where}: {message}" if where else str(message)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return a question for the known name that is most like another one, to be added to a message, or nothing."""
    # Without the prefix, which makes all variables alike.
    whole = {one.removeprefix(_PREFIX): one for one in known}
    close = nearest(name.removeprefix(_PREFIX), whole, _LIKE)
    return f"; did you mean {whole[close]}?" if close is not None else ""
