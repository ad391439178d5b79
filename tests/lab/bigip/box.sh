# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#!/bin/sh
# A host for test_dataplane.py: fresh namespaces over the lab's root file system, gone with its first process.
#   box.sh ROOTFS LAB LIBRARIES TESTS PLACE
set -eu
rootfs=$1 lab=$2 libraries=$3 tests=$4 place=$5
mount --make-rprivate /
mount -t tmpfs box "$place"
mkdir "$place/upper" "$place/work" "$place/root"
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$place/upper,workdir=$place/work" "$place/root"
cd "$place/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t tmpfs -o mode=755 tmpfs dev
mknod -m 666 dev/null c 1 3
mknod -m 666 dev/zero c 1 5
mknod -m 666 dev/random c 1 8
mknod -m 666 dev/urandom c 1 9
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
rm -rf etc/service
mkdir -p run/netns run/frr etc/service opt/lab opt/libraries opt/tests
chmod 777 run/frr
mount --bind "$lab" opt/lab
mount --bind "$libraries" opt/libraries
mount --bind "$tests" opt/tests
exec chroot . /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/opt/lab:/opt/libraries python3 /opt/tests/dataplane.py
