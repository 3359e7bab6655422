# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of services has to do with an approved plan: it makes one, it carries one out, or neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._domain.approval import (
    Approved,
    PlannedServices,
    Surroundings,
    check_approved,
    check_same,
    plan_document,
    read_expiry,
    read_fingerprint,
)
from .._domain.fingerprint import by_name, fingerprint_service
from .._domain.fleet_plan import collect_plans
from .._errors import InvalidError
from .._run.fleet import Gate, Job
from .._text import unforeseen
from .._time import Clock
from ._context import Context

CONVERGE = "converge"
PLAN = "plan"
APPLY = "apply"
OPTIONS: dict[str, dict[str, Any]] = {
    "mode": {"type": "str", "default": CONVERGE, "choices": [CONVERGE, PLAN, APPLY]},
    # The action plugin's, which reads and writes the file on the controller and hands over what it holds.
    "plan_file": {"type": "path"},
    "plan_document": {"type": "dict"},
    "plan_fingerprint": {"type": "raw"},
    "plan_expiry": {"type": "str", "default": "24h"},
    "commit": {"type": "str"},
    "tenant": {"type": "str"},
}
NOTHING_APPROVED = "mode is apply, and neither plan_file nor plan_fingerprint is given; name the plan that was approved"


class Approval:
    """The options of a run about plans, checked before anything is sent."""

    def __init__(self, params: Mapping[str, Any], api_url: str, clock: Clock) -> None:
        """Check the options; raises InvalidError, and ConflictError for an approved plan that must not be carried out."""
        self.mode: str = params["mode"]
        self._clock = clock
        self._expiry = read_expiry(params["plan_expiry"])
        self._surroundings = Surroundings(api_url, params["tenant"], params.get("owner"), params["commit"])
        self._approved: Approved | None = None
        if self.mode == APPLY:
            fingerprint = params["plan_fingerprint"]
            if fingerprint is None and params["plan_document"] is None:
                raise InvalidError(NOTHING_APPROVED)
            given = read_fingerprint(str(fingerprint)) if fingerprint is not None else None
            label = f"the plan {params['plan_file']}" if params["plan_file"] else "the plan"
            self._approved = Approved(params["plan_document"], given, label)
            check_approved(self._approved, self._surroundings, clock.now())

    def gate(self, refused: Mapping[str, str], context: Context) -> Gate | None:
        """Return what lets pass nothing but what was approved, None where no approval is asked for.

        `refused` are the services that never became jobs, by name with the reason.
        """
        approved = self._approved
        if approved is None:
            return None

        def check(jobs: Sequence[Job]) -> None:
            errors = {_label(job): job.error.message for job in jobs if job.error is not None}
            plan = collect_plans((job.declaration, job.outcome.plan) for job in jobs if job.outcome.plan is not None)
            check_same(approved, self._planned(jobs), plan, {**refused, **errors})
            if not context.check_mode and context.before_writing is not None:
                context.before_writing()

        return check

    def result(self, jobs: Sequence[Job], result: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the result of the run gains: the fingerprint, and in the mode `plan` the document to keep.

        The fingerprint is None where a service could not be planned: nobody can approve what is not known.
        """
        failed = [entry for entry in result["services"] if entry["error"] is not None]
        known = len(jobs) == len(result["services"]) and all(job.outcome.plan is not None for job in jobs)
        if self.mode != PLAN:
            if not known:
                return {"fingerprint": None}
            try:
                return {"fingerprint": self._planned(jobs).fingerprint}
            except Exception as error:
                # What is told beside the results must not cost them.
                return {"fingerprint": None, "warnings": [unforeseen("the fingerprint could not be worked out", error)]}
        errors = [{"name": entry["name"], "error": entry["error"], "kind": entry["error_kind"]} for entry in failed]
        document = plan_document(self._planned(jobs), result["plan"], errors, self._clock.now(), self._expiry)
        return {"fingerprint": document["fingerprint"], "plan_document": document}

    def _planned(self, jobs: Sequence[Job]) -> PlannedServices:
        plans = ((job.declaration, job.outcome.plan) for job in jobs)
        # What is only reported is never written, so the plan does not concern it.
        services = [fingerprint_service(declared, plan) for declared, plan in plans if plan is not None and declared.managed]
        return PlannedServices(self._surroundings, by_name(services))


def _label(job: Job) -> str:
    return str(job.declaration.name or job.declaration.service_id)
