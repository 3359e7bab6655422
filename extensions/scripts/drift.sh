#!/bin/sh
# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Look for drift, and say with the exit status what was found:
#
#   0  every service is as declared
#   1  an error: nobody knows whether there is drift
#   2  there is drift
#
#   sh drift.sh [ARGUMENT ...]
#
# The arguments are those of ansible-playbook, such as `-i inventory.yml -e @services.yml`. The status file is kept where
# $CLOUDVPN_STATUS_FILE says; without it, it goes with the script's end.

set -u

case " $* " in
    *cloudvpn_status_file=*)
        echo "drift.sh: name the status file in the environment, CLOUDVPN_STATUS_FILE=FILE, not with -e cloudvpn_status_file" >&2
        exit 1
        ;;
esac

folder=
trap 'if [ -n "$folder" ]; then rm -rf "$folder"; fi' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "${CLOUDVPN_STATUS_FILE:-}" ]; then
    file=$CLOUDVPN_STATUS_FILE
    case $file in
        -*) file=./$file ;;
    esac
    # What an earlier run found is not what this one finds.
    rm -f "$file" || exit 1
else
    folder=$(mktemp -d) || exit 1
    file=$folder/status.json
fi

# As JSON, in which any name of a file can stand.
name=$(printf '%s' "$file" | sed 's/[\\"]/\\&/g')
ansible-playbook cloudopera.ies.drift "$@" -e "{\"cloudvpn_status_file\": \"$name\"}"
ended=$?

# The first status of the file is that of the run; it stands in a line of its own, which no text from a server can look like.
status=
if [ -f "$file" ]; then
    status=$(sed -n 's/^  "status": "\([a-z]*\)",$/\1/p' "$file" | sed -n 1p)
fi
case $status in
    drift) exit 2 ;;
    clean) if [ "$ended" -eq 0 ]; then exit 0; fi ;;
    error) ;;
    *) echo "drift.sh: ansible-playbook ended with status $ended before anything was looked at" >&2 ;;
esac
exit 1
