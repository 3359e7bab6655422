# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a worker whose ansible-playbook is gone."""

from __future__ import annotations

import multiprocessing
import os
import threading
from functools import lru_cache

from ..module_utils._parallel import signals_held


def end_with_parent() -> None:
    """Let this worker of Ansible end as soon as the process that forked it has ended, however that came.

    From ansible-core 2.19 on a worker is the leader of a session of its own, so that a SIGKILL of ansible-playbook and its
    process group leaves it running. It would go on ordering beside the run that is started next.
    """
    _guard(os.getpid())


@lru_cache(maxsize=1)
def _guard(_pid: int) -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return  # no worker

    def wait() -> None:
        parent.join()
        # Nobody is left to clean up for, and what is under way here must not get any further.
        os._exit(1)

    with signals_held():
        threading.Thread(target=wait, name="end-with-parent", daemon=True).start()
