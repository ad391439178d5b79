"""The BIG-IP's host: FRR as routing module, haproxy as TMM, and the simulator that makes them one device."""

from __future__ import annotations

import json
import secrets

from topology import host, settings
from topology.network import inside
from topology.settings import BIGIP, LEGACY, MANAGEMENT, STATE, SUBNETS
from topology.shell import run, step, wait_for, write

SECRET = STATE / "secrets" / "bigip_password"
CA = STATE / "pki" / "bigip-ca.crt"


def keys() -> None:
    """The device's own CA and certificate, and its administrator's password."""
    if not SECRET.exists():
        write(SECRET, secrets.token_urlsafe(18), 0o600)
        SECRET.parent.chmod(0o700)
    place = BIGIP.files / "tls"
    place.mkdir(parents=True, exist_ok=True)
    key, request = place / "ca.key", place / "server.csr"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
        "-subj", "/CN=podroute lab BIG-IP CA", "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", key, "-out", CA)  # fmt: skip
    run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-subj", f"/CN={BIGIP.name}", "-keyout", place / "server.key", "-out", request)  # fmt: skip
    extensions = write(place / "server.ext", f"subjectAltName=IP:{MANAGEMENT},DNS:{BIGIP.name}\n"
                       "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")  # fmt: skip
    run("openssl", "x509", "-req", "-in", request, "-CA", CA, "-CAkey", key, "-CAcreateserial", "-days", "3650",
        "-extfile", extensions, "-out", place / "server.crt")  # fmt: skip
    for path in (key, place / "server.key"):
        path.chmod(0o600)


def network() -> None:
    """A management interface with its own way home, and TMM's device for virtual addresses."""
    inside(BIGIP.netns, "ip", "rule", "add", "from", MANAGEMENT, "lookup", "100")
    inside(BIGIP.netns, "ip", "route", "add", "default", "via", f"{SUBNETS['mgmt']}.1", "table", "100")
    inside(BIGIP.netns, "ip", "link", "add", "tmm", "type", "bridge")
    inside(BIGIP.netns, "ip", "link", "set", "tmm", "up")


def files() -> None:
    write(BIGIP.files / "admin_password", SECRET.read_text(), 0o600)
    write(BIGIP.files / "bigip.json", json.dumps(configuration(), indent=2))


def configuration() -> dict:
    """The simulator's own settings, and what the device holds before the job: made by hand, not yet advertised."""
    pool = {"name": "legacy_pool", "partition": "Common", "monitor": "/Common/http",
            "members": [{"name": f"{LEGACY.address}:80", "address": LEGACY.address}]}  # fmt: skip
    virtuals = [
        {"name": f"legacy_{vip.rsplit('.', 1)[1]}_vs", "partition": "Common", "destination": f"/Common/{vip}:80",
         "ipProtocol": "tcp", "mask": "255.255.255.255", "pool": "/Common/legacy_pool",
         "sourceAddressTranslation": {"type": "automap"},
         "profiles": [{"name": "/Common/tcp"}, {"name": "/Common/http"}]}
        for vip in settings.HAND_MADE_VIPS
    ]  # fmt: skip
    return {
        "listen": {"address": MANAGEMENT, "port": 443, "certificate": "/lab/tls/server.crt",
                   "key": "/lab/tls/server.key"},
        "hostname": "bigip1.lab.example", "users": {"admin": {"role": "admin", "password_file": "/lab/admin_password"}},
        "fault_injection": True,
        "db": {"tmrouted.queryperiod": "2"},
        "initial": {
            "net/vlan": [{"name": "int_vlan", "partition": "Common"}],
            "net/self": [{"name": "int_self", "partition": "Common", "address": f"{BIGIP.address}/24",
                          "vlan": "/Common/int_vlan"}],
            "ltm/pool": [pool], "ltm/virtual": virtuals,
        },
    }  # fmt: skip


FRR = "mkdir -p /run/frr /var/log/frr\nchown frr:frr /run/frr /var/log/frr\n"


def services() -> None:
    host.service(BIGIP, "zebra", f"{FRR}exec /usr/lib/frr/zebra -A 127.0.0.1 -s 90000000 --log stdout")
    host.service(BIGIP, "bfdd", f"{FRR}exec /usr/lib/frr/bfdd -A 127.0.0.1 --log stdout", down=True)
    host.service(
        BIGIP,
        "bgpd",
        f"""{FRR}
[ -S /run/frr/zebra.vty ] || {{ sleep 0.5; exit 1; }}
exec /usr/lib/frr/bgpd -A 127.0.0.1 -f /dev/null --log stdout""",
        down=True,
    )
    host.service(
        BIGIP,
        "haproxy",
        """
[ -s /run/tmm/haproxy.cfg ] || { sleep 0.5; exit 1; }
exec haproxy -W -db -f /run/tmm/haproxy.cfg -p /run/tmm/haproxy.pid""",
        down=True,
    )
    host.service(
        BIGIP,
        "bigip",
        """
mkdir -p /config /var/config/rest/downloads
ln -sf /opt/podroute-lab/lab/bigip/imish/cli.py /usr/bin/imish
export PYTHONPATH=/opt/podroute-lab/lab:/opt/podroute-lab/libraries PYTHONDONTWRITEBYTECODE=1
exec python3 -m bigip --config /lab/bigip.json""",
    )
    # The service outside the cluster that the hand-made virtual servers stand for.
    host.service(
        LEGACY,
        "web",
        f"""
mkdir -p /srv/www
echo 'podroute: hello from the legacy service' > /srv/www/index.html
exec busybox httpd -f -p {LEGACY.address}:80 -h /srv/www""",
    )


def answers() -> bool:
    return "tm:sys:version" in run(
        "nsenter", f"--net={settings.NETNS / settings.CTL.netns}", "--", "python3", "-c", ASK, str(CA), str(SECRET),
        f"https://{MANAGEMENT}/mgmt/tm/sys/version", check=False)  # fmt: skip


# The password goes by file, never on a command line.
ASK = """
import base64, ssl, sys, urllib.request
ca, secret, url = sys.argv[1:]
word = base64.b64encode(b"admin:" + open(secret, "rb").read().strip()).decode()
request = urllib.request.Request(url, headers={"Authorization": "Basic " + word})
print(urllib.request.urlopen(request, timeout=5, context=ssl.create_default_context(cafile=ca)).read().decode())
"""


def wait() -> None:
    with step(f"waiting for the BIG-IP at https://{MANAGEMENT}"):
        wait_for("the BIG-IP's REST", answers, 60, f"see {BIGIP.state}/upper/var/log/lab/bigip.log")
