/** Directives of Redis Cluster. */
import { directive, isOn } from "../directive.ts";
import {
	hostName,
	INT32_MAX,
	INT64_MAX,
	integer,
	memory,
	nodeName,
	oneOf,
	PORT_MAX,
	text,
	textOrNone,
	UINT64_MAX,
	yesNo,
} from "../simple-types.ts";

const announcedPort = integer(0, PORT_MAX);

export const cluster = {
	"cluster-enabled": directive(yesNo, "no", "Be a node of a cluster.", { immutable: true, pending: isOn }),
	"cluster-config-file": directive(text(), "nodes.conf", "File in which the node keeps the state of the cluster.", {
		immutable: true,
	}),
	"cluster-port": directive(integer(0, PORT_MAX), "0", "Port of the cluster bus; 0 is port plus 10000.", {
		immutable: true,
	}),
	"cluster-node-timeout": directive(integer(0, INT64_MAX), "15000", "Milliseconds of silence that make a node fail."),
	"cluster-replica-validity-factor": directive(
		integer(0, INT32_MAX),
		"10",
		"How stale a replica may be to take over.",
		{
			aliases: ["cluster-slave-validity-factor"],
		},
	),
	"cluster-replica-no-failover": directive(yesNo, "no", "Never let this replica take over by itself.", {
		aliases: ["cluster-slave-no-failover"],
	}),
	"cluster-migration-barrier": directive(integer(0, INT32_MAX), "1", "Replicas a master keeps before one moves away."),
	"cluster-allow-replica-migration": directive(yesNo, "yes", "Let replicas move to masters that have none."),
	"cluster-require-full-coverage": directive(yesNo, "yes", "Stop serving while a slot has no node."),
	"cluster-allow-reads-when-down": directive(yesNo, "no", "Answer reads while the cluster is down."),
	"cluster-allow-pubsubshard-when-down": directive(yesNo, "yes", "Serve sharded channels while the cluster is down."),
	"cluster-link-sendbuf-limit": directive(
		memory(0, UINT64_MAX),
		"0",
		"Unsent bytes on the bus to a node; 0 is no limit.",
	),
	"cluster-announce-ip": directive(textOrNone(), "", "Address this node tells the others."),
	"cluster-announce-port": directive(announcedPort, "0", "Port this node tells the others; 0 is its own."),
	"cluster-announce-tls-port": directive(announcedPort, "0", "TLS port this node tells the others; 0 is its own."),
	"cluster-announce-bus-port": directive(announcedPort, "0", "Bus port this node tells the others; 0 is its own."),
	"cluster-announce-hostname": directive(textOrNone(hostName), "", "Host name this node tells the others."),
	"cluster-announce-human-nodename": directive(textOrNone(nodeName), "", "Name of this node in the others' logs."),
	"cluster-preferred-endpoint-type": directive(
		oneOf("ip", "hostname", "unknown-endpoint"),
		"ip",
		"What clients are told to connect to.",
	),
} as const;
