# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the controller's rollout, from the pods with its label. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible_collections.podroute.calico_f5.plugins.module_utils.cis.manifests import TEMPLATE_MARK

READY, WAITING, HOPELESS = "ready", "waiting", "hopeless"

# Reasons of waiting containers that do not resolve themselves, with the message.
_CAUSES = {
    "ErrImageNeverPull": "the node lacks the image {image}, and bigip_ctlr_image_pull_policy does not allow pulling it",
    "InvalidImageName": "{image} is not a valid image name (bigip_ctlr_image)",
    "CrashLoopBackOff": "the controller keeps exiting, last with code {code}",
    "ErrImagePull": "the image {image} cannot be pulled: {message}",
    "ImagePullBackOff": "the image {image} cannot be pulled: {message}",
    "CreateContainerConfigError": "the container cannot be created: {message}",
    "CreateContainerError": "the container cannot be created: {message}",
    "RunContainerError": "the container cannot be started: {message}",
}
_MAY_PASS = ("ErrImagePull", "ImagePullBackOff", "CreateContainerConfigError", "CreateContainerError")


def rollout(pods: Iterable[Mapping[str, Any]], template_mark: str) -> dict[str, Any]:
    """`{state, message, pod, started, restarts}` of the pod that runs this template.

    `state` is ready, waiting (it may still come up) or hopeless (waiting does not help); `message` is why it is not
    ready; `started` is the start time of its container in seconds since the epoch, or None.
    """
    pods = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    ours = [pod for pod in pods if mark_of(pod) == template_mark]
    if not ours:
        message = "the pod of the previous template is still running" if pods else "no pod has been created yet"
        return {"state": WAITING, "message": message, "pod": None, "started": None, "restarts": 0}
    pod = max(ours, key=lambda item: item["metadata"].get("creationTimestamp") or "")
    status = pod.get("status") or {}
    conditions = {item["type"]: item for item in status.get("conditions") or []}
    containers = status.get("containerStatuses") or []
    container = containers[0] if containers else {}
    state, message = _state(pod, container, conditions)
    running = (container.get("state") or {}).get("running") or {}
    return {
        "state": state,
        "message": message,
        "pod": pod["metadata"]["name"],
        "started": _seconds(running.get("startedAt")),
        "restarts": container.get("restartCount", 0),
    }


def mark_of(pod: Mapping[str, Any]) -> str | None:
    """The mark of the Deployment template of the pod."""
    return (pod["metadata"].get("annotations") or {}).get(TEMPLATE_MARK)


def _state(
    pod: Mapping[str, Any], container: Mapping[str, Any], conditions: Mapping[str, Mapping[str, Any]]
) -> tuple[str, str]:
    if (conditions.get("Ready") or {}).get("status") == "True":
        return READY, ""
    waiting = (container.get("state") or {}).get("waiting") or {}
    reason = waiting.get("reason")
    last = (container.get("lastState") or {}).get("terminated") or {}
    if reason in _CAUSES:
        image = pod["spec"]["containers"][0]["image"]
        message = _CAUSES[reason].format(
            image=image, code=last.get("exitCode", "?"), message=waiting.get("message") or ""
        )
        return WAITING if reason in _MAY_PASS else HOPELESS, f"{reason}: {message.strip(': ')}"
    scheduled = conditions.get("PodScheduled") or {}
    if scheduled.get("status") == "False":
        return WAITING, f"the pod cannot be scheduled: {scheduled.get('message') or scheduled.get('reason')}"
    if last:
        return WAITING, f"the container was restarted after it exited with code {last.get('exitCode')}"
    if (container.get("state") or {}).get("running"):
        return WAITING, "the container is running, but its readiness probe fails"
    return WAITING, f"the container has not started yet ({reason or 'no status'})"


def _seconds(text: str | None) -> float | None:
    if not text:
        return None
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc).timestamp()
