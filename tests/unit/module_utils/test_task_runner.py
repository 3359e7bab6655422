# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task body as it is run: its result, its errors, its warnings."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils import _module, _task_runner
from ansible_collections.cloudopera.ies.plugins.module_utils._secrets import secrets_of
from ansible_collections.cloudopera.ies.plugins.module_utils._tasks import ies_catalog_info
from ansible_collections.cloudopera.ies.plugins.module_utils._time import Clock
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.client import IesClient
from ansible_collections.cloudopera.ies.plugins.module_utils._wire.connection import ConnectionOptions
from tests.simulator.server import SimulatorServer
from tests.simulator.tokens import make_token
from tests.unit.conftest import TENANT, FakeTime


class TestSeam:
    """How an error of ours becomes a failed result, and what counts as a secret."""

    @pytest.fixture
    def params(self, simulator: SimulatorServer) -> dict[str, Any]:
        """Return the connection options of a module."""
        auth_token, bearer_token = simulator.tokens(TENANT)
        return {
            "api_url": simulator.url,
            "auth_token": auth_token,
            "bearer_token": bearer_token,
            "validate_certs": True,
            "ca_path": None,
            "api_timeout": 30,
            "api_retries": 0,
            "name": None,
            "service_definition_id": None,
            "details": False,
            "max_parallel": 3,
        }

    @pytest.fixture
    def client_for(self, fake_time: FakeTime) -> Any:
        """Return a function that makes clients which are closed in the end."""
        opened: list[IesClient] = []

        def make(connection: ConnectionOptions, _clock: Clock, pool_size: int) -> IesClient:
            assert pool_size == 3
            opened.append(IesClient(connection, fake_time.clock, pool_size))
            return opened[-1]

        yield make
        for client in opened:
            client.close()

    def test_a_result(self, params: dict[str, Any], client_for: Any) -> None:
        result = _task_runner.run_task(
            ies_catalog_info, params, check_mode=False, secrets=secrets_of(params), client_for=client_for
        )
        assert len(result["service_definitions"]) == 2
        assert "warnings" not in result
        assert "failed" not in result

    def test_a_failure(self, params: dict[str, Any], client_for: Any, simulator: SimulatorServer) -> None:
        simulator.faults.add("status", status=503, body=None)
        result = _task_runner.run_task(
            ies_catalog_info, params, check_mode=False, secrets=secrets_of(params), client_for=client_for
        )
        assert (result["failed"], result["changed"]) == (True, False)
        assert result["error"] == {
            "kind": "server",
            "status": 503,
            "exception_id": None,
            "method": "GET",
            "url": f"{simulator.url}/rest/catalog/v1/servicedefs",
        }
        assert "servicedefs" in result["msg"]

    def test_bad_connection_options(self, params: dict[str, Any], client_for: Any) -> None:
        result = _task_runner.run_task(
            ies_catalog_info,
            {**params, "api_url": "nowhere"},
            check_mode=False,
            secrets=secrets_of(params),
            client_for=client_for,
        )
        assert result["error"]["kind"] == "invalid"

    def test_an_expired_token_is_a_warning(self, params: dict[str, Any], client_for: Any, simulator: SimulatorServer) -> None:
        expired = make_token(1493070688.135)
        simulator.token_store.issue(TENANT, 0, auth_token=expired, bearer_token=params["bearer_token"], validity=None)
        given = {**params, "auth_token": expired}
        result = _task_runner.run_task(
            ies_catalog_info, given, check_mode=False, secrets=secrets_of(given), client_for=client_for
        )
        assert len(result["warnings"]) == 1
        assert "expired" in result["warnings"][0]
        assert expired[:12] not in result["warnings"][0]

    @pytest.mark.parametrize("mode", ["ok", "failed", "no-requests"])
    def test_a_module_process(
        self,
        mode: str,
        params: dict[str, Any],
        simulator: SimulatorServer,
        monkeypatch: pytest.MonkeyPatch,
        client_for: Any,
    ) -> None:
        class Exit(Exception):
            """The end of a module."""

        class Module:
            """AnsibleModule without a process."""

            check_mode = False

            refused = None

            def __init__(self, task: Any) -> None:
                assert task is ies_catalog_info
                self.params = params
                self.no_log_values: set[str] = set()
                self.warned: list[str] = []
                made.append(self)

            def conceal(self, secrets: set[str]) -> None:
                """Keep secrets."""
                self.no_log_values |= secrets

            def warn(self, text: str) -> None:
                """Keep a warning."""
                self.warned.append(text)

            def exit_json(self, **result: Any) -> None:
                """End well."""
                raise Exit({"failed": False, **result})

            def fail_json(self, msg: str, **result: Any) -> None:
                """End badly."""
                raise Exit({"failed": True, "msg": msg, **result})

        made: list[Module] = []
        monkeypatch.setattr(_module, "TaskModule", Module)
        monkeypatch.setattr(_module, "HAS_REQUESTS", mode != "no-requests")
        kept = _task_runner.run_task.__kwdefaults__ or {}
        monkeypatch.setattr(_task_runner.run_task, "__kwdefaults__", {**kept, "client_for": client_for, "tell": None})
        expired = make_token(1493070688.135)
        simulator.token_store.issue(TENANT, 0, auth_token=expired, bearer_token=params["bearer_token"], validity=None)
        params["auth_token"] = expired
        if mode == "failed":
            params["max_parallel"] = 3
            simulator.faults.add("status", status=403, body=None)
        with pytest.raises(Exit) as caught:
            _module.run_module(ies_catalog_info)
        (result,) = caught.value.args
        assert result["failed"] is (mode != "ok")
        assert ("requests" in result.get("msg", "")) is (mode == "no-requests")
        if mode != "no-requests":
            assert made[0].no_log_values >= {expired, params["bearer_token"]}
            assert len(made[0].warned) == 1
            assert "warnings" not in result
