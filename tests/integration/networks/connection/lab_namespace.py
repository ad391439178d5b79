# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A connection to a network namespace of the lab: for Ansible a remote host like any other."""

from __future__ import annotations

import shutil
import subprocess

from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: lab_namespace
short_description: Programs of this machine in a network namespace of the lab
description: The host's inventory name is that of the lab host.
author: podroute
options: {}
"""


class Connection(ConnectionBase):
    """The namespace ``podroute-<inventory name>``; files are those of this machine."""

    transport = "lab_namespace"
    has_pipelining = True

    def _connect(self):
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        where = f"--net=/run/netns/podroute-{self._play_context.remote_addr}"
        done = subprocess.run(
            ["nsenter", where, "--", "sh", "-c", cmd], input=in_data, capture_output=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def put_file(self, in_path, out_path):
        super().put_file(in_path, out_path)
        shutil.copyfile(in_path, out_path)

    def fetch_file(self, in_path, out_path):
        super().fetch_file(in_path, out_path)
        shutil.copyfile(in_path, out_path)

    def close(self):
        self._connected = False
