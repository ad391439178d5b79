"""A BIG-IP's host: FRR as routing module, haproxy as TMM, and the simulator that makes them one device."""

from __future__ import annotations

import json
import secrets

from topology import host, settings
from topology.network import inside
from topology.settings import BIGIP, BIGIP2, FLOATING, LEGACY, STATE, SUBNETS, Host
from topology.shell import run, step, wait_for, write

SECRET = STATE / "secrets" / "bigip_password"
CA = STATE / "pki" / "bigip-ca.crt"


def management(unit: Host) -> str:
    return unit.links[1].address


def hostname(unit: Host) -> str:
    return f"{unit.name}.lab.example"


def keys() -> None:
    """A CA, a certificate for each unit, and the administrator's password."""
    if not SECRET.exists():
        write(SECRET, secrets.token_urlsafe(18), 0o600)
        SECRET.parent.chmod(0o700)
    key = STATE / "pki" / "bigip-ca.key"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
        "-subj", "/CN=podroute lab BIG-IP CA", "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", key, "-out", CA)  # fmt: skip
    key.chmod(0o600)
    for unit in settings.bigips():
        place = unit.files / "tls"
        place.mkdir(parents=True, exist_ok=True)
        request = place / "server.csr"
        run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", f"/CN={unit.name}", "-keyout", place / "server.key", "-out", request)  # fmt: skip
        extensions = write(place / "server.ext", f"subjectAltName=IP:{management(unit)},DNS:{unit.name}\n"
                           "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")  # fmt: skip
        run("openssl", "x509", "-req", "-in", request, "-CA", CA, "-CAkey", key, "-CAcreateserial", "-days", "3650",
            "-extfile", extensions, "-out", place / "server.crt")  # fmt: skip
        (place / "server.key").chmod(0o600)


def network(unit: Host) -> None:
    """A management interface with its own return route, and TMM's device for virtual addresses."""
    inside(unit.netns, "ip", "rule", "add", "from", management(unit), "lookup", "100")
    inside(unit.netns, "ip", "route", "add", f"{SUBNETS['mgmt']}.0/24", "dev", "mgmt", "table", "100")
    inside(unit.netns, "ip", "route", "add", "default", "via", f"{SUBNETS['mgmt']}.1", "table", "100")
    inside(unit.netns, "ip", "link", "add", "tmm", "type", "bridge")
    inside(unit.netns, "ip", "link", "set", "tmm", "up")


def files(unit: Host) -> None:
    write(unit.files / "admin_password", SECRET.read_text(), 0o600)
    write(unit.files / "bigip.json", json.dumps(configuration(unit), indent=2))


def configuration(unit: Host) -> dict:
    """The simulator's own settings, and the initial objects of the device: created manually, not yet advertised."""
    pool = {"name": "legacy_pool", "partition": "Common", "monitor": "/Common/http",
            "members": [{"name": f"{LEGACY.address}:80", "address": LEGACY.address}]}  # fmt: skip
    virtuals = [
        {"name": f"legacy_{vip.rsplit('.', 1)[1]}_vs", "partition": "Common", "destination": f"/Common/{vip}:80",
         "ipProtocol": "tcp", "mask": "255.255.255.255", "pool": "/Common/legacy_pool",
         "sourceAddressTranslation": {"type": "automap"},
         "profiles": [{"name": "/Common/tcp"}, {"name": "/Common/http"}]}
        for vip in settings.HAND_MADE_VIPS
    ]  # fmt: skip
    found: dict = {
        "listen": {"address": management(unit), "port": 443, "certificate": "/lab/tls/server.crt",
                   "key": "/lab/tls/server.key"},
        "hostname": hostname(unit), "users": {"admin": {"role": "admin", "password_file": "/lab/admin_password"}},
        "fault_injection": True,
        "db": {"tmrouted.queryperiod": "2"},
        "initial": {
            "net/vlan": [{"name": "int_vlan", "partition": "Common"}],
            "net/self": [{"name": "int_self", "partition": "Common", "address": f"{unit.address}/24",
                          "vlan": "/Common/int_vlan"}],
            "ltm/pool": [pool], "ltm/virtual": virtuals,
        },
    }  # fmt: skip
    if settings.PAIR.exists():
        _pair(unit, found)
    return found


def _pair(unit: Host, found: dict) -> None:
    """A device group over the management network, and a floating self IP in its first traffic group."""
    peer = BIGIP if unit is BIGIP2 else BIGIP2
    port = 1026  # F5's of failover heartbeats; config sync shares it here
    found["pair"] = {"peer": hostname(peer), "address": f"{management(unit)}:{port}",
                     "peer_address": f"{management(peer)}:{port}", "peer_management": management(peer),
                     "auto_sync": True}  # fmt: skip
    found["db"]["configsync.allowmanagement"] = "enable"
    initial = found["initial"]
    found["initial"] = {
        **initial,
        "net/vlan": [{**vlan, "failsafe": "enabled", "failsafeAction": "failover", "failsafeTimeout": 10}
                     for vlan in initial["net/vlan"]],
        "net/self": [*initial["net/self"], {
            "name": "int_floating", "partition": "Common", "address": f"{FLOATING['traffic-group-1']}/24",
            "vlan": "/Common/int_vlan", "trafficGroup": "/Common/traffic-group-1"}],
    }  # fmt: skip


FRR = "mkdir -p /run/frr /var/log/frr\nchown frr:frr /run/frr /var/log/frr\n"


def services(unit: Host) -> None:
    # A unit of a pair without TMM has no floating address: the other one takes them over.
    addresses = "; ".join(f"ip address del {address}/24 dev int_vlan" for address in FLOATING.values())
    gone = f"exec 2>/dev/null; {addresses}; ip route flush dev tmm; ip route flush table local dev tmm"
    host.service(unit, "zebra", f"{FRR}exec /usr/lib/frr/zebra -A 127.0.0.1 -s 90000000 --log stdout")
    host.service(unit, "bfdd", f"{FRR}exec /usr/lib/frr/bfdd -A 127.0.0.1 --log stdout", down=True)
    host.service(
        unit,
        "bgpd",
        f"""{FRR}
[ -S /run/frr/zebra.vty ] || {{ sleep 0.5; exit 1; }}
exec /usr/lib/frr/bgpd -A 127.0.0.1 -f /dev/null --log stdout""",
        down=True,
    )
    host.service(
        unit,
        "haproxy",
        """
[ -s /run/tmm/haproxy.cfg ] || { sleep 0.5; exit 1; }
exec haproxy -W -db -f /run/tmm/haproxy.cfg -p /run/tmm/haproxy.pid""",
        down=True,
    )
    host.service(
        unit,
        "bigip",
        """
mkdir -p /config /var/config/rest/downloads
ln -sf /opt/podroute-lab/lab/bigip/imish/cli.py /usr/bin/imish
export PYTHONPATH=/opt/podroute-lab/lab:/opt/podroute-lab/libraries PYTHONDONTWRITEBYTECODE=1
exec python3 -m bigip --config /lab/bigip.json""",
        finish=gone if settings.PAIR.exists() else "",
    )


def legacy() -> None:
    """The service outside the cluster behind the manually created virtual servers."""
    host.service(
        LEGACY,
        "web",
        f"""
mkdir -p /srv/www
echo 'podroute: hello from the legacy service' > /srv/www/index.html
exec busybox httpd -f -p {LEGACY.address}:80 -h /srv/www""",
    )


def answers(unit: Host) -> bool:
    return "tm:sys:version" in rest(unit, "/mgmt/tm/sys/version", check=False)


def tmsh(unit: Host, words: str) -> str:
    """The output of the unit's tmsh."""
    body = {"command": "run", "utilCmdArgs": f"-c 'tmsh {words}'"}
    return json.loads(rest(unit, "/mgmt/tm/util/bash", body)).get("commandResult", "")


def rest(unit: Host, path: str, body: dict | None = None, check: bool = True) -> str:
    """The answer to a GET, or to a POST of ``body``, asked from the controller host."""
    return run(
        "nsenter", f"--net={settings.NETNS / settings.CTL.netns}", "--", "python3", "-c", ASK, str(CA), str(SECRET),
        f"https://{management(unit)}{path}", *([json.dumps(body)] if body else []), check=check)  # fmt: skip


# The password is passed in a file, never on a command line.
ASK = """
import base64, ssl, sys, urllib.request
ca, secret, url, *body = sys.argv[1:]
word = base64.b64encode(b"admin:" + open(secret, "rb").read().strip()).decode()
headers = {"Authorization": "Basic " + word, "Content-Type": "application/json"}
request = urllib.request.Request(url, body[0].encode() if body else None, headers)
print(urllib.request.urlopen(request, timeout=30, context=ssl.create_default_context(cafile=ca)).read().decode())
"""


def wait(unit: Host) -> None:
    with step(f"waiting for the BIG-IP at https://{management(unit)}"):
        wait_for("the BIG-IP's REST", lambda: answers(unit), 60, f"see {unit.state}/upper/var/log/lab/bigip.log")
