# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory plugin is asked for, and the services that it reads: options in, `service` results out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..module_utils._argspec import CONNECTION_OPTIONS, ENVIRONMENT, spec_of
from ..module_utils._domain.inventory_hosts import ID_VARIABLE, VARIABLES
from ..module_utils._errors import IesError, InvalidError
from ..module_utils._secrets import secrets_of
from ..module_utils._task_runner import run_task
from ..module_utils._tasks import ies_service_info
from ..module_utils._text import for_people, similar, unforeseen
from ..module_utils._time import Clock
from ..module_utils._wire.client import IesClient
from ..module_utils._wire.connection import ConnectionOptions
from ..module_utils._wire.transport import HAS_REQUESTS
from ._action import plain_arguments, tell_request, with_environment
from ._values import is_blank, normalise, normalise_options

NAME = "cloudopera.ies.cloudvpn"
FILTERS = ("name", "cloud_vpn_name", "status", "phase", "owner")
# The options that are our own, and may be templates.
OPTIONS = (*CONNECTION_OPTIONS, *FILTERS, "details", "max_parallel")


class FileOptions:
    """The options of an inventory file.

    Attributes:
        params: ours, as `ies_service_info` takes them.
        secrets: what must not be seen, known as soon as it has been read, however the rest turns out.
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.secrets: set[str] = set()

    def read(self, given: Mapping[str, Any], known: Iterable[str], template: Callable[[Any], Any]) -> dict[str, Any]:
        """Read our options, and return all of them as Ansible is to take them; raises InvalidError.

        Ansible gives an option its type before it could be templated, and takes a blank variable of the environment for a
        value.
        """
        # A template in the place of a token is no secret, and an error has to be able to name it.
        literal = {option: value for option, value in plain_arguments(given).items() if "{{" not in str(value)}
        self.secrets = secrets_of(with_environment(literal))
        _check_known(given, known)
        own = {option: _templated(option, value, template) for option, value in given.items() if option in OPTIONS}
        self.secrets |= secrets_of(own)
        self.params = _read_options(own)
        others = {option: value for option, value in given.items() if not is_blank(value)}
        return {**others, **{option: self.params[option] for option in OPTIONS if self.params[option] is not None}}

    def in_one_line(self, error: Exception) -> str:
        """Return what went wrong, without secrets."""
        if isinstance(error, IesError):
            text = error.message
        elif isinstance(error, AnsibleError):
            text = " ".join(str(error).split())
        else:
            text = unforeseen("the inventory could not be read", error)
        return for_people(text, self.secrets)


def _templated(option: str, value: Any, template: Callable[[Any], Any]) -> Any:
    try:
        return plain_arguments(template(value))
    except Exception as error:
        raise InvalidError(f"{option} cannot be evaluated: {' '.join(str(error).split())}") from None


def _check_known(given: Iterable[str], known: Iterable[str]) -> None:
    known = set(known)
    for option in given:
        if option not in known:
            like = similar(str(option), known)
            hint = f"did you mean {like[0]}?" if like else f"ansible-doc -t inventory {NAME} lists the options"
            raise InvalidError(f"{option} is not an option of the inventory plugin {NAME}; {hint}")


def check_content(path: str, content: Any) -> None:
    """Check that a file holds a dictionary at all; raises InvalidError."""
    if not isinstance(content, Mapping):
        raise InvalidError(f"{path} holds no dictionary of options; its first line has to be plugin: {NAME}")


def _read_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of `ies_service_info` for those of the file and the environment; what is blank is not given."""
    options = with_environment({option: value for option, value in given.items() if not is_blank(value)})
    spec = spec_of(ies_service_info)
    spec.pop("supports_check_mode")
    options = normalise_options(options, spec["argument_spec"])
    for option in FILTERS:
        if option in options:
            options[option] = normalise(options[option], "names", option)
    missing = [option for option, facts in CONNECTION_OPTIONS.items() if facts.get("required") and option not in options]
    if missing:
        variables = " and ".join(ENVIRONMENT[option] for option in missing)
        raise InvalidError(
            f"{' and '.join(missing)} not given: write what is missing into the inventory file, or set {variables} in the"
            " environment"
        )
    validated = ArgumentSpecValidator(**spec).validate(options)
    if validated.error_messages:
        raise InvalidError(validated.errors.msg)
    return dict(validated.validated_parameters)


def read_services(params: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return what an inventory holds of the tenant's services that match, sorted by name and id, and warnings.

    Raises InvalidError with the reason when they cannot be read.
    """
    if not HAS_REQUESTS:
        raise InvalidError(missing_required_lib("requests"))
    opened: list[IesClient] = []

    def client_for(connection: ConnectionOptions, clock: Clock, pool_size: int) -> IesClient:
        opened.append(IesClient(connection, clock, pool_size, on_request=tell_request))
        return opened[0]

    try:
        result = run_task(ies_service_info, dict(params), check_mode=True, secrets=secrets_of(params), client_for=client_for)
    finally:
        # Ansible's workers are forked from this process, and must not have its connections.
        for client in opened:
            client.close()
    if result.get("failed"):
        raise InvalidError(result["msg"])
    kept = VARIABLES.values()
    return [{key: service[key] for key in kept} for service in result["services"]], list(result.get("warnings", ()))


def foreign_names(services: Iterable[Mapping[str, Any]], hosts: Mapping[str, Any]) -> set[str]:
    """Return which hosts that are in the inventory already stand for other services."""
    ids = {service["service_id"] for service in services}
    found = {name: host.vars.get(ID_VARIABLE) for name, host in hosts.items()}
    return {name for name, service_id in found.items() if service_id is not None and service_id not in ids}
