"""members PARTITION: a line `address port` for each pool member of the partition that its monitor finds up."""

import json
import pathlib
import subprocess
import sys

rest = pathlib.Path(__file__).with_name("rest")
body = subprocess.run([rest, "ltm/pool?expandSubcollections=true"], check=True, capture_output=True, text=True).stdout
for pool in json.loads(body).get("items", []):
    if pool["partition"] == sys.argv[1]:
        for member in pool["membersReference"].get("items", []):
            if member["state"] == "up":
                print(member["address"].split("%")[0], member["name"].rpartition(":")[2])
