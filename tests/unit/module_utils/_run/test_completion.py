# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of contract 7.1: when waiting has come to an end."""

from __future__ import annotations

import pytest

from ansible_collections.cloudopera.ies.plugins.module_utils._api.models import Operation, Service
from ansible_collections.cloudopera.ies.plugins.module_utils._run.completion import CompletionCheck, Verdict

PENDING = Verdict("pending")
DONE = Verdict("done")


def service(status: str | None, active_status: str = "Deactive") -> Service:
    """Return a service in some state."""
    return Service("a", "x", status=status, active_status=active_status)


def operation(progress: str, result: str = "", reason: str | None = None) -> Operation:
    """Return an operation in some state."""
    return Operation("o", "Update", progress, result, reason)


class TestRule1:
    """Delete: gone is success, Failed is failure."""

    def test_gone(self) -> None:
        assert CompletionCheck(until_gone=True).look(None, None) == DONE

    def test_gone_whatever_the_operation_says(self) -> None:
        assert CompletionCheck(until_gone=True).look(None, operation("inprogress")) == DONE

    @pytest.mark.parametrize("status", ["DeleteInProgress", "Completed", "Strange"])
    def test_still_there(self, status: str) -> None:
        check = CompletionCheck(until_gone=True)
        assert [check.look(service(status), None) for _look in range(4)] == [PENDING] * 4

    def test_success_of_the_operation_alone_is_not_the_end(self) -> None:
        assert CompletionCheck(until_gone=True).look(service("DeleteInProgress"), operation("done", "success")) == PENDING

    def test_failed(self) -> None:
        assert CompletionCheck(until_gone=True).look(service("Failed"), None) == Verdict("failed", None)

    def test_failed_operation_tells_the_reason(self) -> None:
        verdict = CompletionCheck(until_gone=True).look(
            service("Failed"), operation("done", "failed", "serviceDecomposer delete failed")
        )
        assert verdict == Verdict("failed", "serviceDecomposer delete failed")


class TestRule2:
    """A finished operation decides."""

    @pytest.mark.parametrize("progress", ["done", "completed", "finished", "100"])
    @pytest.mark.parametrize("result", ["success", "finished"])
    def test_success_at_the_first_look(self, progress: str, result: str) -> None:
        assert CompletionCheck().look(service("UpdateInProgress"), operation(progress, result)) == DONE

    @pytest.mark.parametrize("progress", ["done", "completed", "finished", "100"])
    @pytest.mark.parametrize("result", ["failed", "error"])
    def test_failure_with_its_reason(self, progress: str, result: str) -> None:
        assert CompletionCheck().look(service("Completed"), operation(progress, result, "no route")) == Verdict(
            "failed", "no route"
        )

    def test_failure_without_a_reason_still_has_words(self) -> None:
        verdict = CompletionCheck().look(service("Completed"), operation("done", "failed"))
        assert verdict.state == "failed"
        assert verdict.text

    @pytest.mark.parametrize(
        ("progress", "result"),
        [("inprogress", ""), ("50", "processing"), ("inprogress", "failed"), ("", ""), ("done", ""), ("done", "strange")],
    )
    def test_an_unfinished_or_unclear_one_does_not(self, progress: str, result: str) -> None:
        assert CompletionCheck().look(service("UpdateInProgress"), operation(progress, result)) == PENDING


class TestRule3:
    """Otherwise the status: a final one in two consecutive rounds."""

    @pytest.mark.parametrize("status", ["Completed", "Activate", "Deactivate", "completed"])
    def test_twice_in_a_row(self, status: str) -> None:
        check = CompletionCheck()
        assert check.look(service(status), None) == PENDING
        assert check.look(service(status), None) == DONE

    def test_an_operation_that_still_says_inprogress_is_a_warning(self) -> None:
        check = CompletionCheck()
        assert check.look(service("Completed"), operation("inprogress")) == PENDING
        verdict = check.look(service("Completed"), operation("inprogress"))
        assert verdict.state == "done"
        assert "inprogress" in (verdict.text or "")

    @pytest.mark.parametrize("between", ["UpdateInProgress", "Strange"])
    def test_not_in_a_row(self, between: str) -> None:
        check = CompletionCheck()
        looks = [check.look(service(status), None) for status in ("Completed", between, "Completed", "Completed")]
        assert looks == [PENDING, PENDING, PENDING, DONE]

    @pytest.mark.parametrize("status", ["Failed", "CreateFailed", "failed"])
    def test_failed_at_the_first_look(self, status: str) -> None:
        assert CompletionCheck().look(service(status), None) == Verdict("failed", None)

    def test_failed_with_what_the_operation_tells(self) -> None:
        assert CompletionCheck().look(service("Failed"), operation("inprogress", "", "half a reason")) == Verdict(
            "failed", "half a reason"
        )

    @pytest.mark.parametrize("status", ["CreateInProgress", "processing"])
    def test_in_progress(self, status: str) -> None:
        check = CompletionCheck()
        assert [check.look(service(status), operation("inprogress")) for _look in range(4)] == [PENDING] * 4

    def test_a_service_that_has_gone_is_a_failure(self) -> None:
        verdict = CompletionCheck().look(None, None)
        assert verdict.state == "failed"
        assert "gone" in (verdict.text or "")


class TestRule4:
    """Without an operation the status alone counts."""

    def test_no_operation_is_no_failure(self) -> None:
        check = CompletionCheck()
        check.look(service("UpdateInProgress"), None)
        check.look(service("Completed"), None)
        assert check.look(service("Completed"), None) == DONE


class TestRule5:
    """An unknown status: go on."""

    def test_unknown(self) -> None:
        check = CompletionCheck()
        assert [check.look(service("Suspended"), None) for _look in range(5)] == [PENDING] * 5

    def test_no_status(self) -> None:
        assert CompletionCheck().look(service(None), None) == PENDING


def test_a_stuck_active_status_does_not_matter() -> None:
    check = CompletionCheck()
    check.look(service("Completed", "ActivateInProgress"), None)
    assert check.look(service("Completed", "ActivateInProgress"), None) == DONE
