# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure what a tenant's worth of services costs: the role, the other ways to do the same, and the least it could cost.

Each way is a whole process, run against a simulated IES in a process of its own, and looked at from the outside. Prints
tables in Markdown and exits with 1 when a target is missed. Run it as: python -m tests.benchmarks.fleet
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks._measure import ROOT, Run, Simulator, memory_bytes, run, simulator

HERE = Path(__file__).resolve().parent
TENANT = "nbitest_14"
SERVICES = "/rest/servicemanager/v1/services"
ONE_SERVICE = re.compile(re.escape(SERVICES) + "/[^/]+")
ONE_OPERATION = re.compile(re.escape(SERVICES) + "/[^/]+/operations/[^/]+")
DEFINITION = "Site2DC"
LATENCY = 0.05
WIDTH = 16
LOOK_EVERY = 2
RETRY_AFTER = 1
PRELOADED_BANDWIDTH = 60000
ASKED_BANDWIDTH = 80000

# Against the bare requests and an empty playbook. What Ansible attaches to each value it reads out of YAML takes time.
MOST_TIMES_LIMIT = {"role": 1.5, "json": 1.25}
LEAST_TIMES_FASTER = 50
MOST_TIMES_TENTH = 8
MOST_BYTES = 300_000_000
MOST_TIMES_DURATION = 1.5

# What the preloaded services of the simulator have in common, by our option and by the API's key.
CONNECTION = (
    ("vpc_id", "VPC_ID", "db79cd8b-91e2-43f8-9791-54b8b2181a70"),
    ("vni", "VNI", "2236"),
    ("cpe_a_site", "CPE_A_Site", "siteDC201705071132"),
    ("cpe_a_type", "CPE_A_Type", "AR169FGW-L"),
    ("cpe_a_esn", "CPE_A_ESN", "21500102003GG3000704"),
    ("cpe_a_position", "CPE_A_Position", "siteDC201705071132"),
    ("cpe_a_pop", "CPE_A_POP", "Manager_VPC"),
)
NETWORK, PREFIX_LENGTH = "163.113.12.1", "24"

CARRIERS = {
    "role": "the role `cloudopera.ies.cloudvpn`",
    "json": "the role, the services declared in JSON",
    "bare": "requests and a thread pool, no Ansible",
    "loop": "`ies_service` in a loop",
    "uri": "`ansible.builtin.uri`, written by hand",
    "empty": "a playbook that does nothing",
    "data": "the same, beside the declared services",
}


@dataclass(frozen=True)
class Scenario:
    """What is there, what is declared, and how the simulated IES behaves."""

    name: str
    title: str
    present: int = 0
    declared: int = 0
    changed: int = 0
    durations: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def cut(self, declared: int) -> Scenario:
        """Return the same with fewer services declared, and as large a share of them changed."""
        return replace(self, declared=declared, changed=self.changed * declared // self.declared)

    @property
    def created(self) -> int:
        """How many of those declared are not there."""
        return max(self.declared - self.present, 0)

    @property
    def writes(self) -> int:
        """How many writes it takes."""
        return self.changed + self.created


@dataclass(frozen=True)
class Job:
    """A carrier in a scenario, how often, and with how many services if not with all."""

    scenario: Scenario
    carrier: str
    rounds: int
    part: int | None = None


@dataclass(frozen=True)
class Sample:
    """One run, and the requests that arrived at the simulator during it."""

    run: Run
    entries: Sequence[Mapping[str, Any]]
    at_once: int


@dataclass(frozen=True)
class Figures:
    """What goes into a table; of several runs the medians, of memory and concurrency the most."""

    runs: int
    seconds: float
    requests: float
    at_once: int
    cpu_seconds: float
    peak_bytes: int
    scaled_from: int | None = None


@dataclass(frozen=True)
class Check:
    """A target; `met` None: it was not measured, or not at its full size."""

    what: str
    target: str
    found: str
    met: bool | None

    @property
    def verdict(self) -> str:
        """In one word."""
        return "not judged" if self.met is None else "met" if self.met else "**missed**"


# What is measured


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    unchanged: tuple[int, int, int]
    changed: int
    created: int
    create_seconds: float
    modify_seconds: float
    one_by_one: int
    throttled_created: int
    in_flight: int


FULL = Sizes((10, 100, 1000), 10, 100, 30.0, 5.0, 3, 20, 8)
QUICK = Sizes((5, 20, 100), 2, 10, 4.0, 2.0, 1, 20, 8)


def scenarios_of(sizes: Sizes) -> dict[str, Scenario]:
    """Return all scenarios by name."""
    few, some, many = sizes.unchanged
    narrow = {"max_in_flight": sizes.in_flight, "retry_after": RETRY_AFTER}
    found = [
        Scenario("nothing", "Nothing to do", present=many, declared=many),
        *(
            Scenario(f"unchanged-{size}", f"{count} services, unchanged", count, count)
            for size, count in (("few", few), ("some", some), ("many", many))
        ),
        Scenario(
            "changed",
            f"{many} services, {sizes.changed} of them changed (an update takes {sizes.modify_seconds:g} s)",
            present=many,
            declared=many,
            changed=sizes.changed,
            durations={"modify": sizes.modify_seconds},
        ),
        Scenario(
            "created",
            f"{sizes.created} services, all created (a create takes {sizes.create_seconds:g} s)",
            declared=sizes.created,
            durations={"create": sizes.create_seconds},
        ),
        Scenario(
            "throttled-unchanged",
            f"{many} services, unchanged; more than {sizes.in_flight} requests at once get 429",
            present=many,
            declared=many,
            options=narrow,
        ),
        Scenario(
            "throttled-created",
            f"{sizes.throttled_created} services, all created; more than {sizes.in_flight} requests at once get 429",
            declared=sizes.throttled_created,
            durations={"create": sizes.modify_seconds},
            options=narrow,
        ),
    ]
    return {scenario.name: scenario for scenario in found}


def jobs_of(scenarios: Mapping[str, Scenario], sizes: Sizes, rounds: int) -> list[Job]:
    """Return what is run: what is cheap several times, what is not once."""

    some = sizes.unchanged[1]

    def job(name: str, carrier: str, times: int = rounds, part: int | None = None) -> Job:
        return Job(scenarios[name], carrier, times, part)

    return [
        job("nothing", "empty"),
        job("nothing", "data"),
        job("unchanged-few", "role"),
        job("unchanged-few", "bare"),
        job("unchanged-few", "loop"),
        job("unchanged-few", "uri"),
        job("unchanged-some", "role"),
        job("unchanged-some", "bare"),
        job("unchanged-some", "loop", 1),
        job("unchanged-some", "uri", 1),
        job("unchanged-many", "role"),
        job("unchanged-many", "json"),
        job("unchanged-many", "bare"),
        job("unchanged-many", "loop", 1),
        job("unchanged-many", "uri", 1),
        job("changed", "role"),
        job("changed", "bare"),
        job("changed", "loop", 1),
        job("changed", "uri", 1, some),
        job("created", "role"),
        job("created", "bare", 1),
        job("created", "loop", 1, sizes.one_by_one),
        job("created", "uri", 1),
        job("throttled-unchanged", "role"),
        job("throttled-created", "role"),
    ]


# Running it


class Bench:
    """Runs jobs against one simulator, with a home for Ansible of their own."""

    def __init__(self, folder: Path, ies: Simulator) -> None:
        self._folder = folder
        self._ies = ies
        settings = folder / "ansible.cfg"
        settings.touch()
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "IES_"))}
        self._environment = {
            **clean,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".tree"),
            "ANSIBLE_CONFIG": str(settings),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_REMOTE_TMP": str(folder / "ansible" / "remote_tmp"),
            "ANSIBLE_NOCOLOR": "1",
            **ies.environment(TENANT),
        }

    def measure(self, job: Job) -> Sample:
        """Run a job once; raises RuntimeError when it did not do what was to be done."""
        scenario = job.scenario if job.part is None else job.scenario.cut(job.part)
        command = self._command(scenario, job.carrier)
        self._prepare(scenario)
        log = self._folder / "output.txt"
        done = run(command, self._environment, log)
        journal = self._ies.admin("GET", "journal")
        sample = Sample(done, journal["entries"], journal["max_concurrency"])
        may_fail = bool(scenario.options)
        if not may_fail or done.status == 0:
            self._check(job, scenario, sample, log)
        return sample

    def _prepare(self, scenario: Scenario) -> None:
        self._ies.admin("POST", "reset")
        present = {"tenant": TENANT, "count": scenario.present, "prefix": "fleet", "bandwidth": str(PRELOADED_BANDWIDTH)}
        self._ies.admin("POST", "services", present)
        self._ies.admin("PUT", "durations", dict(scenario.durations))
        self._ies.admin("PUT", "options", dict(scenario.options))
        self._ies.admin("DELETE", "journal")

    def _command(self, scenario: Scenario, carrier: str) -> list[str]:
        if carrier == "bare":
            return [sys.executable, str(HERE / "_bare.py"), str(self._bare_data(scenario)), str(WIDTH), str(LOOK_EVERY)]
        ansible_playbook = str(Path(sys.executable).with_name("ansible-playbook"))
        inventory = self._inventory(scenario if carrier != "empty" else Scenario("empty", ""), in_json=carrier == "json")
        playbook = {"data": "empty", "json": "role"}.get(carrier, carrier)
        return [ansible_playbook, "-i", str(inventory), str(HERE / "playbooks" / f"{playbook}.yml")]

    def _inventory(self, scenario: Scenario, in_json: bool) -> Path:
        """Return an inventory whose variables declare the services, where a user would write them down."""
        suffix = "json" if in_json else "yml"
        folder = self._folder / f"{scenario.name}-{scenario.declared}-{suffix}"
        if not folder.exists():
            (folder / "group_vars").mkdir(parents=True)
            (folder / "hosts.yml").write_text(
                yaml.safe_dump(
                    {
                        "all": {
                            "hosts": {
                                "localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
                            }
                        }
                    }
                ),
                encoding="utf-8",
            )
            if scenario.declared:
                variables: dict[str, Any] = {
                    "cloudvpn_services": [_declared(scenario, number) for number in _numbers(scenario)]
                }
                if scenario.writes:
                    variables["cloudvpn_wait_sleep"] = LOOK_EVERY
                content = json.dumps(variables) if in_json else yaml.safe_dump(variables, sort_keys=False)
                (folder / "group_vars" / f"all.{suffix}").write_text(content, encoding="utf-8")
        return folder

    def _bare_data(self, scenario: Scenario) -> Path:
        file = self._folder / f"{scenario.name}-{scenario.declared}.json"
        content = {"definition": DEFINITION, "services": [_wanted(scenario, number) for number in _numbers(scenario)]}
        file.write_text(json.dumps(content), encoding="utf-8")
        return file

    def _check(self, job: Job, scenario: Scenario, sample: Sample, log: Path) -> None:
        """Make sure that it did the job: as many writes as are needed, and everything in its final state."""
        expected = 0 if job.carrier in {"empty", "data"} else scenario.writes
        writes = sum(entry["method"] != "GET" and entry["status"] < 300 for entry in sample.entries)
        bandwidths = self._bandwidths()
        right = all(bandwidths.get(_name(number)) == str(_bandwidth(scenario, number)) for number in _numbers(scenario))
        if sample.run.status or writes != expected or not (right or job.carrier in {"empty", "data"}):
            output = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
            raise RuntimeError(
                f"{scenario.name}, {job.carrier}: status {sample.run.status},"
                f" {writes} writes where {expected} are needed:\n{output}"
            )

    def _bandwidths(self) -> dict[str, str]:
        """Return the bandwidth of each service that is in its final state, by name."""
        return {
            service["name"]: service["parameters"]["Site2DCList"][0]["Bandwidth"]
            for service in self._ies.admin("GET", "state")["services"]
            if service["tenant"] == TENANT and service["status"] == "Completed"
        }


def _numbers(scenario: Scenario) -> range:
    return range(1, scenario.declared + 1)


def _name(number: int) -> str:
    return f"fleet-{number:04d}"


def _bandwidth(scenario: Scenario, number: int) -> int:
    return ASKED_BANDWIDTH if number <= scenario.changed else PRELOADED_BANDWIDTH


def _declared(scenario: Scenario, number: int) -> dict[str, Any]:
    """Return a service as the role has it declared."""
    connection = {
        "cloud_vpn_name": f"fleet-vpn-{number:04d}",
        "bandwidth": _bandwidth(scenario, number),
        **{option: value for option, _key, value in CONNECTION},
        "cidr": f"{NETWORK}/{PREFIX_LENGTH}",
    }
    return {"name": _name(number), "service_definition": DEFINITION, "site2dc": [connection]}


def _wanted(scenario: Scenario, number: int) -> dict[str, Any]:
    """Return a service in the API's own terms."""
    item = {
        "CloudVpnName": f"fleet-vpn-{number:04d}",
        "Bandwidth": str(_bandwidth(scenario, number)),
        **{key: value for _option, key, value in CONNECTION},
        "cidr": NETWORK,
        "cidrBlockSize": PREFIX_LENGTH,
    }
    return {"name": _name(number), "item": item}


Samples = dict[tuple[str, str], list[Sample]]


def measure(jobs: Sequence[Job]) -> Samples:
    """Run all jobs, what is run several times in turn, so that a busy moment of the machine hits all of them."""
    samples: Samples = {}
    with tempfile.TemporaryDirectory(prefix="ies-bench-") as name, simulator(Path(name), latency=LATENCY) as ies:
        bench = Bench(Path(name), ies)
        # The first runs fill caches and are not counted.
        for job in jobs[:3]:
            bench.measure(replace(job, part=1))
        for number in range(max(job.rounds for job in jobs)):
            for job in jobs:
                if number < job.rounds:
                    sample = bench.measure(job)
                    samples.setdefault((job.scenario.name, job.carrier), []).append(sample)
                    place = f"{job.scenario.name}, {job.carrier}, {number + 1} of {job.rounds}"
                    print(f"{place}: {sample.run.seconds:.1f} s, {len(sample.entries)} requests", file=sys.stderr, flush=True)
    return samples


# What it means


class Results:
    """The samples of all jobs and what follows from them."""

    def __init__(self, jobs: Sequence[Job], samples: Samples) -> None:
        self._parts = {(job.scenario.name, job.carrier): job for job in jobs}
        self._samples = samples

    def samples(self, scenario: str, carrier: str = "role") -> list[Sample]:
        """Return the runs; none if it was not measured."""
        return self._samples.get((scenario, carrier), [])

    def all_of(self, carrier: str) -> Iterator[Sample]:
        """Return the runs of a carrier in all scenarios."""
        return chain.from_iterable(samples for (_scenario, name), samples in self._samples.items() if name == carrier)

    def figures(self, scenario: str, carrier: str) -> Figures | None:
        """Return the figures, for all services; None if it was not measured."""
        samples = self.samples(scenario, carrier)
        if not samples:
            return None
        figures = Figures(
            runs=len(samples),
            seconds=statistics.median(sample.run.seconds for sample in samples),
            requests=statistics.median(len(sample.entries) for sample in samples),
            at_once=max(sample.at_once for sample in samples),
            cpu_seconds=statistics.median(sample.run.cpu_seconds for sample in samples),
            peak_bytes=max(sample.run.peak_bytes for sample in samples),
        )
        job = self._parts[scenario, carrier]
        return figures if job.part is None else self._scaled(figures, job.part, job.scenario.declared)

    def seconds(self, scenario: str, carrier: str = "role") -> float | None:
        """Return the median of the wall clock; None if it was not measured."""
        figures = self.figures(scenario, carrier)
        return figures.seconds if figures else None

    def _scaled(self, figures: Figures, part: int, declared: int) -> Figures:
        """Return what all services would take, one by one; what the playbook itself takes comes only once."""
        empty = self.figures("nothing", "empty")
        assert empty is not None
        factor = declared / part

        def scale(value: float, once: float) -> float:
            return once + (value - once) * factor

        return replace(
            figures,
            seconds=scale(figures.seconds, empty.seconds),
            requests=figures.requests * factor,
            cpu_seconds=scale(figures.cpu_seconds, empty.cpu_seconds),
            scaled_from=part,
        )


def checks_of(results: Results, scenarios: Mapping[str, Scenario], full: bool) -> list[Check]:
    """Compare what was measured with what was aimed at."""
    return [
        *_time_checks(results, scenarios, full),
        _memory_check(results),
        *(_request_check(results, scenarios[f"unchanged-{size}"]) for size in ("few", "some", "many")),
        _wait_check(results, scenarios["created"]),
        _throttle_check(results, scenarios["throttled-unchanged"]),
        _throttle_check(results, scenarios["throttled-created"]),
    ]


def _time_checks(results: Results, scenarios: Mapping[str, Scenario], full: bool) -> Iterator[Check]:
    many, some, created = (scenarios[name] for name in ("unchanged-many", "unchanged-some", "created"))
    role, bare, by_hand = (results.seconds(many.name, carrier) for carrier in ("role", "bare", "uri"))
    empty = results.seconds("nothing", "empty")
    longest = MOST_TIMES_DURATION * created.durations["create"]

    def check(what: str, target: str, judge: Callable[..., tuple[str, bool]], *seconds: float | None) -> Check:
        if None in seconds:
            return Check(what, target, "not measured", None)
        found, met = judge(*seconds)
        return Check(what, target, found, met if full else None)

    for carrier, language in (("role", "YAML"), ("json", "JSON")):
        yield check(
            f"{many.declared} unchanged in {language}, against the same by a thread pool and a playbook that does nothing",
            f"at most {MOST_TIMES_LIMIT[carrier]:g} times",
            partial(_against_limit, MOST_TIMES_LIMIT[carrier]),
            results.seconds(many.name, carrier),
            bare,
            empty,
        )
    yield check(
        f"{many.declared} unchanged, against `ansible.builtin.uri`",
        f"at least {LEAST_TIMES_FASTER} times as fast",
        lambda took, other: (f"{other / took:.0f} times ({other:.0f} s)", other / took >= LEAST_TIMES_FASTER),
        role,
        by_hand,
    )
    yield check(
        f"{many.declared} unchanged, against {some.declared} unchanged",
        f"less than {MOST_TIMES_TENTH} times as long",
        lambda took, tenth: (f"{took / tenth:.1f} times ({tenth:.1f} s)", took / tenth < MOST_TIMES_TENTH),
        role,
        results.seconds(some.name),
    )
    yield check(
        f"{created.declared} creates of {created.durations['create']:g} s each",
        f"at most {longest:g} s and a playbook that does nothing",
        lambda took, nothing: (f"{took:.1f} s", took <= longest + nothing),
        results.seconds(created.name),
        empty,
    )


def _against_limit(most: float, took: float, requests_alone: float, nothing: float) -> tuple[str, bool]:
    ratio = took / (requests_alone + nothing)
    return f"{took:.1f} s, {ratio:.2f} times {requests_alone:.1f} s + {nothing:.1f} s", ratio <= most


def _memory_check(results: Results) -> Check:
    peaks = [sample.run.peak_bytes for sample in results.all_of("role")]
    what, target = "memory at its peak, in every run of the role", f"less than {_megabytes(MOST_BYTES)} MB"
    if not peaks:
        return Check(what, target, "not measured", None)
    return Check(what, target, f"{_megabytes(max(peaks))} MB", max(peaks) < MOST_BYTES)


def _request_check(results: Results, scenario: Scenario) -> Check:
    what, target = f"requests for {scenario.declared} unchanged", f"at most {scenario.declared + 2}"
    counts = [len(sample.entries) for sample in results.samples(scenario.name)]
    if not counts:
        return Check(what, target, "not measured", None)
    return Check(what, target, str(max(counts)), max(counts) <= scenario.declared + 2)


def _wait_check(results: Results, scenario: Scenario) -> Check:
    what = f"requests after the last of {scenario.created} orders"
    target = f"one list per {LOOK_EVERY} s, one read per service and one of its operation"
    found: list[str] = []
    met = True
    for sample in results.samples(scenario.name):
        last = max(index for index, entry in enumerate(sample.entries) if entry["method"] == "POST")
        after = sample.entries[last + 1 :]
        lists = [entry["time"] for entry in after if entry["path"] == SERVICES]
        reads = [entry["path"] for entry in after if entry["method"] == "GET" and ONE_SERVICE.fullmatch(entry["path"])]
        operations = [entry["path"] for entry in after if entry["method"] == "GET" and ONE_OPERATION.fullmatch(entry["path"])]
        rest = len(after) - len(lists) - len(reads) - len(operations)
        waited = max(lists) - min(lists) if lists else 0.0
        met = met and len(lists) <= round(waited / LOOK_EVERY) + 1 and rest == 0
        met = met and all(len(paths) == len(set(paths)) == scenario.created for paths in (reads, operations))
        counted = f"{len(lists)} lists in {waited:.0f} s, {len(reads)} reads of services, {len(operations)} of operations"
        found.append(counted + (f", {rest} others" if rest else ""))
    return Check(what, target, "; ".join(dict.fromkeys(found)) or "not measured", met if found else None)


def _throttle_check(results: Results, scenario: Scenario) -> Check:
    what = scenario.title
    places = int(scenario.options["max_in_flight"])
    found: list[str] = []
    met = True
    target = "no error, and 429 only to one burst, within one Retry-After"
    for sample in results.samples(scenario.name):
        refused = [entry["time"] for entry in sample.entries if entry["status"] == 429]
        span = max(refused) - min(refused) if refused else 0.0
        met = met and sample.run.status == 0 and len(refused) <= WIDTH - places and span <= RETRY_AFTER
        failed = "" if sample.run.status == 0 else "failed, "
        found.append(f"{failed}{len(refused)} times 429 in {span:.2f} s")
    return Check(what, target, "; ".join(dict.fromkeys(found)) or "not measured", met if found else None)


# Telling it


def tables(results: Results, scenarios: Mapping[str, Scenario], checks: Sequence[Check]) -> Iterator[str]:
    """Return the Markdown lines of all that was measured."""
    for scenario in scenarios.values():
        rows = [(carrier, figures) for carrier in CARRIERS if (figures := results.figures(scenario.name, carrier))]
        if not rows:
            continue
        role = results.seconds(scenario.name)
        yield f"### {scenario.title}"
        yield ""
        yield "| by | runs | seconds | against the role | requests | at once | CPU seconds | memory, MB |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        for carrier, figures in rows:
            yield _row(carrier, figures, role)
        yield ""
    yield "### Targets"
    yield ""
    yield "| what | target | found | |"
    yield "| --- | --- | --- | --- |"
    for check in checks:
        yield f"| {check.what} | {check.target} | {check.found} | {check.verdict} |"


def _row(carrier: str, figures: Figures, role: float | None) -> str:
    label, about = CARRIERS[carrier], ""
    if figures.scaled_from is not None:
        label, about = f"{label}, reckoned from {figures.scaled_from}", "≈ "
    cells = [
        label,
        str(figures.runs),
        f"{about}{figures.seconds:.1f}",
        f"{about}{figures.seconds / role:.2f}" if role else "",
        f"{about}{figures.requests:.0f}",
        str(figures.at_once),
        f"{about}{figures.cpu_seconds:.1f}",
        str(_megabytes(figures.peak_bytes)),
    ]
    return f"| {' | '.join(cells)} |"


def _megabytes(size: int) -> int:
    return round(size / 1_000_000)


PAGE = """\
# Performance

This page is written by `make bench`, see `tests/benchmarks/fleet.py`. Do not edit it.

## What was measured

A tenant's services are declared in the YAML of an inventory, one Site2DC connection each with eleven values, and brought
about in several ways:

* with the [role](../roles/cloudvpn/README.md) `cloudopera.ies.cloudvpn` and its defaults ({width} requests at once);
* with the same role, the services declared in a file with JSON (`group_vars/all.json`);
* with `cloudopera.ies.ies_service` in a loop over the same data;
* with `ansible.builtin.uri`, as one would write it by hand: list, catalogue, the details of each declared service in a loop,
  PUT or POST what differs, GET until it is no longer in progress (`tests/benchmarks/playbooks/uri.yml`);
* with a Python program that has a `requests.Session` and as many threads as the role, compares next to nothing and tells
  nothing: about the least that these requests can take.

Each is a whole process (`ansible-playbook` with its defaults, except for the last), timed from its start to its end. The IES
is the simulator of this collection: a process of its own on the same machine that takes {latency:g} s for every response. What
takes time is looked at every {look:g} s. Requests and their concurrency are counted by the simulator. CPU seconds are those
of the process and all its children, without the simulator; memory is the most that all of them held at a moment, shared
pages counted once. What ran several times ran in turn with the others; the times are medians.

| | |
| --- | --- |
| date | {date} |
| ansible-core | {ansible} |
| Python | {python} |
| requests | {requests} |
| machine | {cores} cores, {memory} GB of memory, {system} |

## Results

{tables}

## How to read this

Seconds depend on the machine and on what else it does; the columns "against the role" and the targets compare within this
one run. The simulator needs a share of the same processors: against a server elsewhere, everything that sends many
requests at once is rather faster.

What is unchanged costs one request per service, as only its details have the values to compare; the role sends as many as
it may at once, so that its time grows with latency × services / {width}, and a loop's with all of latency × services, to
which `ansible.builtin.uri` adds the start of a Python process per item. What is created or changed is waited for
together: the time is that of the slowest service, not the sum, and the requests of the wait are one list per look,
however many services there are, and two reads at the end of each. With `ies_service` in a loop each service is waited for
before the next is begun.

The playbook that does nothing is what Ansible itself takes. Beside the declared services it takes longer, as Ansible reads
them even where nothing uses them.

What the role takes beyond its requests and that is spent in Ansible as well, and grows with the declared services: before the
role begins, Ansible copies and checks all of its arguments (the largest part), fills them in for the task, and carries
the results from the worker that read the services to its main process, and into the facts. Less of that is to do where the
services are declared in JSON: Ansible then remembers for each value the file it came from instead of its line and column.
"""


def page(lines: Iterable[str]) -> str:
    """Return docs/performance.md."""
    return PAGE.format(
        width=WIDTH,
        latency=LATENCY,
        look=LOOK_EVERY,
        date=datetime.now(tz=timezone.utc).date().isoformat(),
        ansible=version("ansible-core"),
        python=platform.python_version(),
        requests=version("requests"),
        cores=os.cpu_count(),
        memory=round(memory_bytes() / 1e9),
        system=platform.system(),
        tables="\n".join(lines),
    )


def main() -> int:
    """Measure, print, and tell whether it is good enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = list(scenarios_of(FULL))
    parser.add_argument(
        "--quick", action="store_true", help="few services, each once; targets that depend on size are not judged"
    )
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--by", action="append", choices=list(CARRIERS), metavar="CARRIER", help="only with these carriers")
    parser.add_argument("--rounds", type=int, default=3, help="how often what is cheap runs")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page of documentation, from a full run only")
    given = parser.parse_args()
    if given.write and (given.quick or given.only or given.by):
        parser.error("--write needs all of it: leave --quick, --only and --by away")
    # Leave by the way of an error, which ends the simulator and the playbook too.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    sizes = QUICK if given.quick else FULL
    scenarios = scenarios_of(sizes)
    jobs = jobs_of(scenarios, sizes, 1 if given.quick else given.rounds)
    wanted = {"nothing", *(given.only or scenarios)}
    jobs = [job for job in jobs if job.scenario.name in wanted and job.carrier in (given.by or CARRIERS)]
    results = Results(jobs, measure(jobs))
    checks = checks_of(results, scenarios, full=not given.quick)
    lines = list(tables(results, scenarios, checks))
    print("\n".join(lines))
    if given.write:
        given.write.write_text(page(lines), encoding="utf-8")
    return 1 if any(check.met is False for check in checks) else 0


if __name__ == "__main__":
    sys.exit(main())
