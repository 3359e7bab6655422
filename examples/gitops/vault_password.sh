#!/bin/sh
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Print the password of the vault, which the pipeline has as a secret in its environment.

printf '%s\n' "${VAULT_PASSWORD:?set VAULT_PASSWORD to the password of the vault}"
