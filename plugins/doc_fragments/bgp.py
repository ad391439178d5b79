# Copyright (c) 2026, podroute contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that describe BGP. C(bigip_bgp) and C(bigip_routing) take exactly these."""

    DOCUMENTATION = r"""
options:
  config:
    description: What C(router bgp) shall be.
    type: dict
    suboptions:
      as_number:
        description:
          - The BIG-IP's own AS number, as a quoted string, asplain (V("64512")) or asdot (V("1.10")).
          - Needed unless the device already runs BGP.
        type: str
      extended_asn_cap:
        description: Whether AS numbers of four octets are used. Switched on where a number above 65535 is wanted.
        type: bool
      router_id:
        description: Router identifier. It must differ from that of every other router, the HA peer included.
        type: str
      timers:
        description: Timers of all sessions, in seconds. The device's own are 30 and 90.
        type: dict
        suboptions:
          keepalive:
            description: Keepalive interval.
            type: int
            required: true
          holdtime:
            description: Hold time.
            type: int
            required: true
      graceful_restart:
        description: Graceful restart.
        type: dict
        suboptions:
          restart_time:
            description: Seconds that neighbors shall wait for this side to come back. The device prints 120 unasked.
            type: int
          stalepath_time:
            description: Seconds that routes of a restarting neighbor are kept.
            type: int
          graceful_reset:
            description: Whether a reset for a changed configuration is a graceful one.
            type: bool
      max_paths:
        description: How many equal paths are used.
        type: dict
        suboptions:
          ebgp:
            description: Number of external paths.
            type: int
          ibgp:
            description: Number of internal paths.
            type: int
      peer_groups:
        description: Peer groups.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the group.
            type: str
            required: true
          remote_as:
            description: AS number of the other side, as a quoted string, asplain or asdot.
            type: str
          description:
            description: A line of text.
            type: str
          password:
            description:
              - TCP MD5 password of the session.
              - V(********), which is what O(state=gathered) shows, leaves the password as it is.
            type: str
          timers:
            description: Timers of the session, in seconds.
            type: dict
            suboptions:
              keepalive:
                description: Keepalive interval.
                type: int
                required: true
              holdtime:
                description: Hold time.
                type: int
                required: true
          update_source:
            description: Address or VLAN that the session starts from.
            type: str
          ebgp_multihop:
            description: How many hops away an external neighbor may be.
            type: int
          ttl_security:
            description: How many hops away the neighbor may be, enforced by the TTL of its packets.
            type: int
          fall_over_bfd:
            description: Whether BFD takes the session down. The route domain must run BFD too.
            type: bool
          capability_route_refresh:
            description: Whether route refresh is offered. The device offers it unless told otherwise.
            type: bool
          shutdown:
            description: Whether the session is held down.
            type: bool
          activate:
            description: Whether routes of this address family are exchanged.
            type: bool
          next_hop_self:
            description: Whether the BIG-IP names itself as the next hop.
            type: bool
          prefix_list:
            description: Prefix-lists that filter the routes.
            type: dict
            suboptions:
              in:
                description: Name of the list for what is received.
                type: str
              out:
                description: Name of the list for what is sent.
                type: str
          route_map:
            description: Route-maps that filter and change the routes.
            type: dict
            suboptions:
              in:
                description: Name of the map for what is received.
                type: str
              out:
                description: Name of the map for what is sent.
                type: str
          maximum_prefix:
            description: How many prefixes are taken.
            type: dict
            suboptions:
              limit:
                description: The number of prefixes.
                type: int
                required: true
              threshold:
                description: Percentage of the limit at which a warning is logged; the device's own is 75.
                type: int
              warning_only:
                description: Whether the session stays up beyond the limit.
                type: bool
          soft_reconfiguration_inbound:
            description: >-
              Whether received routes are kept as they came, so that a changed filter needs no route refresh.
            type: bool
          send_community:
            description: Which communities are sent. The device sends both unless told otherwise.
            type: str
            choices: [none, standard, extended, both]
          as_override:
            description: Whether the neighbor's AS number in a path is replaced by the BIG-IP's.
            type: bool
          default_originate:
            description: Whether a default route is sent.
            type: dict
            suboptions:
              enabled:
                description: Whether it is sent; true when only O(ignore:route_map) is given.
                type: bool
              route_map:
                description: Route-map that decides.
                type: str
          capability_graceful_restart:
            description: Whether graceful restart is offered.
            type: bool
      neighbors:
        description: Neighbors. What the peer group says need not be repeated.
        type: list
        elements: dict
        suboptions:
          address:
            description: Address of the neighbor.
            type: str
            required: true
          peer_group:
            description: Peer group that the neighbor belongs to.
            type: str
          remote_as:
            description: AS number of the other side, as a quoted string, asplain or asdot.
            type: str
          description:
            description: A line of text.
            type: str
          password:
            description:
              - TCP MD5 password of the session.
              - V(********), which is what O(state=gathered) shows, leaves the password as it is.
            type: str
          timers:
            description: Timers of the session, in seconds.
            type: dict
            suboptions:
              keepalive:
                description: Keepalive interval.
                type: int
                required: true
              holdtime:
                description: Hold time.
                type: int
                required: true
          update_source:
            description: Address or VLAN that the session starts from.
            type: str
          ebgp_multihop:
            description: How many hops away an external neighbor may be.
            type: int
          ttl_security:
            description: How many hops away the neighbor may be, enforced by the TTL of its packets.
            type: int
          fall_over_bfd:
            description: Whether BFD takes the session down. The route domain must run BFD too.
            type: bool
          capability_route_refresh:
            description: Whether route refresh is offered. The device offers it unless told otherwise.
            type: bool
          shutdown:
            description: Whether the session is held down.
            type: bool
          activate:
            description: Whether routes of this address family are exchanged.
            type: bool
          next_hop_self:
            description: Whether the BIG-IP names itself as the next hop.
            type: bool
          prefix_list:
            description: Prefix-lists that filter the routes.
            type: dict
            suboptions:
              in:
                description: Name of the list for what is received.
                type: str
              out:
                description: Name of the list for what is sent.
                type: str
          route_map:
            description: Route-maps that filter and change the routes.
            type: dict
            suboptions:
              in:
                description: Name of the map for what is received.
                type: str
              out:
                description: Name of the map for what is sent.
                type: str
          maximum_prefix:
            description: How many prefixes are taken.
            type: dict
            suboptions:
              limit:
                description: The number of prefixes.
                type: int
                required: true
              threshold:
                description: Percentage of the limit at which a warning is logged; the device's own is 75.
                type: int
              warning_only:
                description: Whether the session stays up beyond the limit.
                type: bool
          soft_reconfiguration_inbound:
            description: >-
              Whether received routes are kept as they came, so that a changed filter needs no route refresh.
            type: bool
          send_community:
            description: Which communities are sent. The device sends both unless told otherwise.
            type: str
            choices: [none, standard, extended, both]
          as_override:
            description: Whether the neighbor's AS number in a path is replaced by the BIG-IP's.
            type: bool
          default_originate:
            description: Whether a default route is sent.
            type: dict
            suboptions:
              enabled:
                description: Whether it is sent; true when only O(ignore:route_map) is given.
                type: bool
              route_map:
                description: Route-map that decides.
                type: str
          capability_graceful_restart:
            description: Whether graceful restart is offered.
            type: bool
      networks:
        description: Networks that are announced.
        type: list
        elements: dict
        suboptions:
          prefix:
            description: The network.
            type: str
            required: true
          route_map:
            description: Route-map that changes its attributes.
            type: str
      aggregates:
        description: Aggregates that are announced while a more specific route is there.
        type: list
        elements: dict
        suboptions:
          prefix:
            description: The aggregate.
            type: str
            required: true
          summary_only:
            description: Whether the more specific routes are held back.
            type: bool
          as_set:
            description: Whether the path names the AS numbers of the more specific routes.
            type: bool
      redistribute:
        description: Routes of other origins that are announced. V(kernel) is where virtual addresses are.
        type: list
        elements: dict
        suboptions:
          protocol:
            description: Origin of the routes.
            type: str
            required: true
            choices: [connected, isis, kernel, ospf, rip, static]
          route_map:
            description:
              - Route-map that chooses. Without one, V(kernel) announces every kernel route of TMM, static and default
                routes too.
            type: str
      address_family_ipv6:
        description: What is exchanged of IPv6.
        type: dict
        suboptions:
          neighbors:
            description: >-
              Neighbors and peer groups, which must also be in O(config.neighbors) or O(config.peer_groups).
            type: list
            elements: dict
            suboptions:
              address:
                description: Address of the neighbor or name of the peer group.
                type: str
                required: true
              activate:
                description: Whether routes of this address family are exchanged.
                type: bool
              next_hop_self:
                description: Whether the BIG-IP names itself as the next hop.
                type: bool
              prefix_list:
                description: Prefix-lists that filter the routes.
                type: dict
                suboptions:
                  in:
                    description: Name of the list for what is received.
                    type: str
                  out:
                    description: Name of the list for what is sent.
                    type: str
              route_map:
                description: Route-maps that filter and change the routes.
                type: dict
                suboptions:
                  in:
                    description: Name of the map for what is received.
                    type: str
                  out:
                    description: Name of the map for what is sent.
                    type: str
              maximum_prefix:
                description: How many prefixes are taken.
                type: dict
                suboptions:
                  limit:
                    description: The number of prefixes.
                    type: int
                    required: true
                  threshold:
                    description: Percentage of the limit at which a warning is logged; the device's own is 75.
                    type: int
                  warning_only:
                    description: Whether the session stays up beyond the limit.
                    type: bool
              soft_reconfiguration_inbound:
                description: >-
                  Whether received routes are kept as they came, so that a changed filter needs no route refresh.
                type: bool
              send_community:
                description: Which communities are sent. The device sends both unless told otherwise.
                type: str
                choices: [none, standard, extended, both]
              as_override:
                description: Whether the neighbor's AS number in a path is replaced by the BIG-IP's.
                type: bool
              default_originate:
                description: Whether a default route is sent.
                type: dict
                suboptions:
                  enabled:
                    description: Whether it is sent; true when only O(ignore:route_map) is given.
                    type: bool
                  route_map:
                    description: Route-map that decides.
                    type: str
              capability_graceful_restart:
                description: Whether graceful restart is offered.
                type: bool
          networks:
            description: Networks that are announced.
            type: list
            elements: dict
            suboptions:
              prefix:
                description: The network.
                type: str
                required: true
              route_map:
                description: Route-map that changes its attributes.
                type: str
          aggregates:
            description: Aggregates that are announced while a more specific route is there.
            type: list
            elements: dict
            suboptions:
              prefix:
                description: The aggregate.
                type: str
                required: true
              summary_only:
                description: Whether the more specific routes are held back.
                type: bool
              as_set:
                description: Whether the path names the AS numbers of the more specific routes.
                type: bool
          redistribute:
            description: Routes of other origins that are announced. V(kernel) is where virtual addresses are.
            type: list
            elements: dict
            suboptions:
              protocol:
                description: Origin of the routes.
                type: str
                required: true
                choices: [connected, isis, kernel, ospf, rip, static]
              route_map:
                description:
                  - Route-map that chooses. Without one, V(kernel) announces every kernel route of TMM, static and
                    default routes too.
                type: str
  prefix_lists:
    description: Prefix-lists.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the list.
        type: str
        required: true
      afi:
        description: Address family of the list.
        type: str
        choices: [ipv4, ipv6]
        default: ipv4
      entries:
        description: Entries of the list. At least one; an empty list permits everything.
        type: list
        elements: dict
        suboptions:
          seq:
            description: Sequence number. Five times the position if left out.
            type: int
          action:
            description: What to do with a prefix that matches.
            type: str
            required: true
            choices: [permit, deny]
          prefix:
            description: The prefix, or V(any).
            type: str
            required: true
          ge:
            description: Shortest prefix length that matches.
            type: int
          le:
            description: Longest prefix length that matches.
            type: int
  route_maps:
    description: Route-maps.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the map.
        type: str
        required: true
      entries:
        description: Entries of the map.
        type: list
        elements: dict
        suboptions:
          seq:
            description: Sequence number. Ten times the position if left out.
            type: int
          action:
            description: What to do with a route that matches.
            type: str
            required: true
            choices: [permit, deny]
          match:
            description:
              - What a route must have. Keys are C(ip_address_prefix_list), C(ip_next_hop_prefix_list),
                C(ipv6_address_prefix_list), C(ip_address) (an access-list), C(as_path), C(community), C(interface),
                C(metric), C(origin), C(tag).
            type: dict
          set:
            description:
              - What a route gets. Keys are C(as_path_prepend), C(community), C(ip_next_hop), C(local_preference),
                C(metric), C(origin), C(tag), C(weight).
            type: dict
  access_lists:
    description: Access-lists. The order of the entries counts.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name or number of the list.
        type: str
        required: true
      entries:
        description: Entries of the list.
        type: list
        elements: dict
        suboptions:
          action:
            description: What to do with what matches.
            type: str
            required: true
            choices: [permit, deny, remark]
          source:
            description: What matches, as imish takes it, for example V(10.0.0.0/8) or V(any). The text of a remark.
            type: str
            required: true
"""
